// How search ranks: whoever types a question sees a page of the public questions first.
var Scorer = {
  score: ([page, , , , score]) => score + (page.startsWith("results/questions/") ? 10 : 0),
  // as Sphinx has them
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
