// The explorer's first screen, as high as it is: a frame that scrolls would catch the page's scrolling.
for (const frame of document.querySelectorAll("iframe.explorer")) {
  frame.addEventListener("load", () => {
    // null where the page was opened from a folder
    const inside = frame.contentDocument?.getElementById("bits");
    if (!inside) return;
    new ResizeObserver(() => {
      frame.style.height = `${Math.ceil(inside.getBoundingClientRect().height) + 24}px`;
    }).observe(inside);
  });
}

// a picture by itself is larger
for (const image of document.querySelectorAll("article img:not(a img)")) {
  const link = document.createElement("a");
  link.href = image.src;
  image.replaceWith(link);
  link.append(image);
}
