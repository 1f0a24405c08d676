"""Attacks on the sandbox, as data: small programs, each with what it tries.

A program finds these names: OUT, a folder outside with `victim.txt`, `secret.txt` and `folder/`;
OTHER, the number of another process, which knows TOKEN by its environment; KEEPER, that of the
process above it; TCP, UDP, SOCKET and ABSTRACT, where a server listens. It has got out if it leaves
something in `result`, if anything in OUT has changed, if the other process is not as it was, if the
server has heard from it, or if a process of it is left.
"""

from dataclasses import dataclass

READING = "reading files outside of its directory"
CHANGING = "changing files outside of its directory"
SHARED = "changing what everyone may change"
NETWORK = "the network"
DATAGRAMS = "UDP and UNIX sockets"
PROCESSES = "other processes"
LIMITS = "other processes' limits"
INCLUDED = {SHARED: CHANGING, DATAGRAMS: NETWORK, LIMITS: PROCESSES}
"""What is not held either where the other is not."""
ALWAYS = ""


@dataclass(frozen=True)
class Attack:
    """One of them."""

    name: str
    of: str
    """What it must be kept from, as `walls.not_held` words it; "" if nothing excuses it."""
    code: str
    alone: bool = False
    """Whether it may end its process, or leave others."""
    python: bool = False
    """Whether it is Python alone that refuses: no file is written, or no kernel has a wall."""
    tensorflow: bool = False


def attacks(of: str, codes: dict[str, str], **options: bool) -> list[Attack]:
    return [Attack(name, of, code.strip(), **options) for name, code in codes.items()]


LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"
SECRET = "open(OUT + '/secret.txt').read()"

ATTACKS = [
    *attacks(
        ALWAYS,
        {
            "what is left open": "import stat\nresult = []\nfor number in range(3, 1024):\n"
            "    try:\n        mode = os.fstat(number).st_mode\n"
            "    except OSError:\n        continue\n"
            "    if stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISCHR(mode):\n"
            "        result.append(os.readlink(f'/proc/self/fd/{number}'))",
            "the environment": "result = os.environ.get('TOKEN') or "
            "(b'TOKEN' in open('/proc/self/environ', 'rb').read())",
            "become root": "try:\n    os.setresuid(0, 0, 0)\nexcept OSError:\n    pass\nelse:\n"
            "    result = 'root' if START_USER != 0 else None",
            "become root by a program": "result = "
            "'NoNewPrivs:\\t0' in open('/proc/self/status').read()",
        },
    ),
    *attacks(
        READING,
        {
            "open": f"result = {SECRET}",
            "open relative to a folder": "folder = os.open(OUT, os.O_RDONLY)\n"
            "result = os.read(os.open('secret.txt', os.O_RDONLY, dir_fd=folder), 99)",
            "a folder opened as a path only": "folder = os.open(OUT, os.O_PATH)\n"
            "result = os.read(os.open('secret.txt', os.O_RDONLY, dir_fd=folder), 99)",
            "a link to it": "os.symlink(OUT + '/secret.txt', 'link')\nresult = open('link').read()",
            "a hard link to it": "os.link(OUT + '/secret.txt', 'hard')\n"
            "result = open('hard').read()",
            "through /proc/self/root": "result = "
            "open('/proc/self/root' + OUT + '/secret.txt').read()",
            "from the folder itself": "here = os.getcwd()\nos.chdir(OUT)\ntry:\n"
            "    result = open('secret.txt').read()\nfinally:\n    os.chdir(here)",
            "the names in a folder": "result = os.listdir(OUT)",
            "what others have in /tmp": "result = os.listdir('/tmp')",
            "NumPy's map of a file": "import numpy\n"
            "result = bytes(numpy.memmap(OUT + '/secret.txt', mode='r'))",
            "libc's open": LIBC + "number = libc.open((OUT + '/secret.txt').encode(), 0)\n"
            "result = number >= 0 and os.read(number, 99)",
            "a handle of the file": LIBC + "handle = ctypes.create_string_buffer(136)\n"
            "handle[0:4] = (128).to_bytes(4, 'little')\nmount = ctypes.c_int()\n"
            "libc.name_to_handle_at(-100, (OUT + '/secret.txt').encode(), handle,"
            " ctypes.byref(mount), 0)\n"
            "place = os.open(os.getcwd(), os.O_RDONLY)\n"
            "number = libc.open_by_handle_at(place, handle, 0)\n"
            "result = number >= 0 and os.read(number, 99)",
            "SQLite": "import sqlite3\n"
            "database = sqlite3.connect('file:' + OUT + '/secret.db?mode=ro', uri=True)\n"
            "try:\n    result = database.execute('select * from sqlite_master') and 'read'\n"
            "except sqlite3.OperationalError:\n    pass\n"
            "except sqlite3.DatabaseError:\n    result = 'read, and is no database'",
            "another root": "os.chroot(OUT)\nresult = os.listdir('/')",
            "the passwords": "result = os.path.exists('/etc/shadow') "
            "and open('/etc/shadow').read()",
            "from a thread": "import threading\nfound = []\n"
            f"thread = threading.Thread(target=lambda: found.append({SECRET}))\n"
            "threading.excepthook = lambda *_: None\nthread.start()\nthread.join()\nresult = found",
        },
    ),
    *attacks(
        CHANGING,
        {
            "write": "open(OUT + '/victim.txt', 'w').write('owned')",
            "append": "open(OUT + '/victim.txt', 'a').write('owned')",
            "create": "open(OUT + '/new.txt', 'x')",
            "create relative to a folder": "folder = os.open(OUT, os.O_PATH)\n"
            "os.open('new.txt', os.O_CREAT | os.O_WRONLY, dir_fd=folder)",
            "delete": "os.remove(OUT + '/victim.txt')",
            "delete relative to a folder": "folder = os.open(OUT, os.O_PATH)\n"
            "os.remove('victim.txt', dir_fd=folder)",
            "delete a folder": "import shutil\nshutil.rmtree(OUT + '/folder')",
            "take away": "os.rename(OUT + '/victim.txt', 'mine.txt')",
            "put in its place": "open('mine.txt', 'w').close()\n"
            "os.replace('mine.txt', OUT + '/victim.txt')",
            "truncate": "os.truncate(OUT + '/victim.txt', 0)",
            "truncate by opening": "os.open(OUT + '/victim.txt', os.O_RDONLY | os.O_TRUNC)",
            "make a folder": "os.mkdir(OUT + '/new')",
            "make a link": "os.symlink('/etc/passwd', OUT + '/new')",
            "make a hard link": "open('mine.txt', 'w').close()\nos.link('mine.txt', OUT + '/new')",
            "make a pipe": "os.mkfifo(OUT + '/new')",
            "a pipe in the place of the answer": "os.remove(OUT + '/victim.txt')\n"
            "os.mkfifo(OUT + '/victim.txt')",
            "make a device": "os.mknod(OUT + '/new', 0o666 | 0o020000, os.makedev(1, 3))",
            "make a socket": "import socket\nsocket.socket(socket.AF_UNIX).bind(OUT + '/new')",
            "through a link": "os.symlink(OUT + '/victim.txt', 'way')\nopen('way', 'w')",
            "through a linked folder": "os.symlink(OUT, 'ways')\nopen('ways/new.txt', 'w')",
            "through /proc/self/fd": "number = os.open(OUT + '/victim.txt', os.O_PATH)\n"
            "open(f'/proc/self/fd/{number}', 'w')",
            "libc's unlink": LIBC + "libc.unlink((OUT + '/victim.txt').encode())",
            "libc's rename": LIBC + "libc.rename((OUT + '/victim.txt').encode(), b'mine')",
            "libc's open for writing": LIBC
            + "result = libc.open((OUT + '/victim.txt').encode(), os.O_WRONLY) >= 0",
            "SQLite makes a file": "import sqlite3\n"
            "sqlite3.connect(OUT + '/new.db').execute('create table a (b)')",
            "SQLite attaches a file": "import sqlite3\n"
            "sqlite3.connect(':memory:').execute('attach ? as o', (OUT + '/new.db',))"
            ".execute('create table o.a (b)')",
            "NumPy saves": "import numpy\nnumpy.save(OUT + '/new.npy', numpy.ones(3))",
            "NumPy maps": "import numpy\n"
            "numpy.memmap(OUT + '/victim.txt', mode='r+')[:] = ord('x')",
            "a log": "import logging\nlogging.FileHandler(OUT + '/new.log')",
            "an archive with a way out": "import io, tarfile\nbuffer = io.BytesIO()\n"
            "with tarfile.open(fileobj=buffer, mode='w') as archive:\n"
            "    archive.addfile(tarfile.TarInfo(OUT + '/new.txt'))\nbuffer.seek(0)\n"
            "tarfile.open(fileobj=buffer).extractall('/')",
            "a mount over it": LIBC
            + "libc.mount(b'none', OUT.encode(), b'tmpfs', 0, None)\nresult = not os.listdir(OUT)",
            "namespaces of its own": LIBC + "libc.unshare(0x10000000 | 0x20000)\n"
            "libc.mount(b'none', OUT.encode(), b'tmpfs', 0, None)\n"
            "open(OUT + '/victim.txt', 'w')",
        },
    ),
    *attacks(
        CHANGING,
        {
            "the score of a process": "open(f'/proc/{OTHER}/oom_score_adj', 'w').write('1000')",
            "devices": "import glob\nresult = []\n"
            "for name in ['/dev/tty', '/dev/console', '/dev/mem', '/dev/kmsg',"
            " *glob.glob('/dev/vd*'), *glob.glob('/dev/sd*'), *glob.glob('/dev/pts/*')]:\n"
            "    try:\n        os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)\n"
            "    except OSError:\n        continue\n    result.append(name)",
            "a device of its own": "os.mknod('memory', 0o666 | 0o020000, os.makedev(1, 1))\n"
            "result = os.open('memory', os.O_RDONLY)",
        },
    ),
    *attacks(
        SHARED,
        {
            "temporary files elsewhere": "import tempfile\nresult = []\n"
            "for place in ['/tmp', '/var/tmp', '/dev/shm']:\n    try:\n"
            "        result.append(tempfile.NamedTemporaryFile(prefix='hostile', dir=place).name)\n"
            "    except OSError:\n        pass",
            "shared memory": "from multiprocessing import shared_memory\n"
            "result = shared_memory.SharedMemory(create=True, size=9).name",
        },
    ),
    *attacks(
        CHANGING,
        {
            "mode": "os.chmod(OUT + '/victim.txt', 0o777)",
            "mode relative to a folder": "folder = os.open(OUT, os.O_PATH)\n"
            "os.chmod('victim.txt', 0o777, dir_fd=folder)",
            "time": "os.utime(OUT + '/victim.txt', (1, 1))",
            "owner": "os.chown(OUT + '/victim.txt', os.getuid(), os.getgid())",
            "attribute": "os.setxattr(OUT + '/victim.txt', 'user.a', b'b')",
        },
        python=True,
    ),
    *attacks(
        NETWORK,
        {
            "loopback": "import socket\nsocket.create_connection(('127.0.0.1', TCP), 2)\n"
            "result = 1",
            "loopback, version 6": "import socket\nsocket.create_connection(('::1', TCP), 2)\n"
            "result = 1",
            "a server of its own": "import socket\nserver = socket.socket()\n"
            "server.bind(('0.0.0.0', 0))\nserver.listen()\n"
            "socket.create_connection(('127.0.0.1', TCP), 2)\nresult = 1",
            "urllib": "import urllib.request\n"
            "result = urllib.request.urlopen(f'http://127.0.0.1:{TCP}', timeout=2)",
        },
    ),
    *attacks(
        DATAGRAMS,
        {
            "datagrams": "import socket\n"
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'out', ('127.0.0.1', UDP))",
            "an abstract socket": "import socket\n"
            "socket.socket(socket.AF_UNIX).connect(ABSTRACT)\nresult = 1",
            "raw packets": "import socket\n"
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\nresult = 1",
        },
    ),
    *attacks(
        DATAGRAMS,
        {"a socket with a path": "import socket\nsocket.socket(socket.AF_UNIX).connect(SOCKET)"},
        python=True,
    ),
    *attacks(
        PROCESSES,
        {
            "kill": "os.kill(OTHER, 9)",
            "stop": "os.kill(OTHER, 19)",
            "a signal to all": "os.kill(-1, 28)",
            "kill the keeper": "os.kill(KEEPER, 19)",
            "signal by a descriptor": "import signal\n"
            "signal.pidfd_send_signal(os.pidfd_open(OTHER), 19)",
            "its environment": "result = open(f'/proc/{OTHER}/environ').read()",
            "its memory": "result = open(f'/proc/{OTHER}/mem', 'rb')",
            "its map": "result = open(f'/proc/{OTHER}/maps').read()",
            "its files": "result = os.readlink(f'/proc/{OTHER}/fd/1')",
            "its folder": "result = os.listdir(f'/proc/{OTHER}/cwd')",
            "its namespaces": LIBC + "number = os.open(f'/proc/{OTHER}/ns/net', os.O_RDONLY)\n"
            "result = libc.setns(number, 0) == 0",
            "trace": LIBC + "result = libc.ptrace(0x4206, OTHER, 0, 0) == 0",
            "read its memory": LIBC + "piece = ctypes.create_string_buffer(8)\n"
            "class Part(ctypes.Structure):\n"
            "    _fields_ = [('at', ctypes.c_void_p), ('size', ctypes.c_size_t)]\n"
            "mine = Part(ctypes.addressof(piece), 8)\n"
            "theirs = Part(ctypes.addressof(piece), 8)\n"
            "libc.process_vm_readv(OTHER, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)\n"
            "result = ctypes.get_errno() == 14",
            "take its files": LIBC + "number = os.pidfd_open(OTHER)\n"
            "result = libc.syscall(438, number, 0, 0) >= 0",
        },
    ),
    *attacks(
        LIMITS,
        {
            "limit": "import resource\nresource.prlimit(OTHER, resource.RLIMIT_NOFILE, (64, 64))",
            "libc's limit": LIBC + "room = (ctypes.c_ulong * 2)(64, 64)\n"
            "result = libc.prlimit(OTHER, 7, room, None) == 0",
            "priority": "os.setpriority(os.PRIO_PROCESS, OTHER, 19)",
            "cores": "os.sched_setaffinity(OTHER, {0})\nresult = 1",
        },
    ),
    *attacks(
        ALWAYS,
        {
            "a child": "if os.fork() == 0:\n    import time\n    time.sleep(99)",
            "a child in a session of its own": "if os.fork() == 0:\n    os.setsid()\n"
            "    if os.fork():\n        os._exit(0)\n    os.setsid()\n    import time\n"
            "    time.sleep(99)",
            "libc's child, that ignores signals": LIBC
            + "if libc.fork() == 0:\n    import signal, time\n"
            "    for number in range(1, 64):\n        try:\n"
            "            signal.signal(number, signal.SIG_IGN)\n"
            "        except (OSError, ValueError):\n            pass\n"
            "    os.setsid()\n    libc.prctl(1, 0, 0, 0, 0)\n    time.sleep(99)",
            "a program": "import subprocess\n"
            "subprocess.Popen(['sleep', '99'], start_new_session=True)",
            "a program, unheard": "import subprocess\nclass Unheard:\n"
            "    audit = staticmethod(lambda *_: None)\n"
            "    def __getattr__(self, name):\n        return getattr(sys, name)\n"
            "subprocess.sys = Unheard()\nsubprocess.Popen(['sleep', '99'], start_new_session=True)",
            "posix_spawn": "os.posix_spawn('/bin/sleep', ['sleep', '99'], {}, setsid=True)",
            "multiprocessing": "import multiprocessing, time\n"
            "multiprocessing.get_context('fork').Process(target=time.sleep, args=[99]).start()",
            "children without end": "import time\nuntil = time.monotonic() + 1\n"
            "while time.monotonic() < until:\n    try:\n        os.fork()\n    except OSError:\n"
            "        pass\ntime.sleep(99)",
            "a child that runs away": "if os.fork() == 0:\n    while True:\n"
            "        if os.fork():\n            os._exit(0)\n        os.setsid()",
            "a thread that never ends": "import threading, time\n"
            "threading.Thread(target=time.sleep, args=[99]).start()",
            "an endless loop": "while True:\n    pass",
            "deaf to signals": "import signal, time\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\ntime.sleep(99)",
            "hangs up": "import time\nos.closerange(0, 64)\ntime.sleep(99)",
            "a pipe that nobody writes to": "os.mkfifo('answer')\nopen('answer').read()",
            "a folder too deep": "for _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')",
            "a closed folder": "os.makedirs('a/b/c')\nos.chmod('a/b', 0)\nos.chmod('a', 0)",
            "half a message": "channel._socket.sendall(bytes(7) + b'9half')\nimport time\n"
            "time.sleep(99)",
            "a message without end": "channel._socket.sendall(b'\\xff' * 8)\nimport time\n"
            "while True:\n    channel._socket.sendall(bytes(2**20))",
            "the same bytes a thousand times": "import json\n"
            "text = json.dumps([{'array': ['<f8', [10**6], 0]}] * 10**4).encode()\n"
            "body = len(text).to_bytes(8, 'big') + text + bytes(8 * 10**6)\n"
            "channel._socket.sendall(len(body).to_bytes(8, 'big') + body)",
            "lists and nothing in them": "text = b'[' + b'[],' * 10**7 + b'[]]'\n"
            "body = len(text).to_bytes(8, 'big') + text\n"
            "channel._socket.sendall(len(body).to_bytes(8, 'big') + body)",
            "all memory": "hog = []\nwhile True:\n    hog.append(bytearray(b'x' * 2**26))",
            "a crash": "import ctypes\nctypes.string_at(0)",
        },
        alone=True,
    ),
    *attacks(
        CHANGING,
        {
            "gfile deletes": "tf.io.gfile.remove(OUT + '/victim.txt')",
            "gfile deletes a folder": "tf.io.gfile.rmtree(OUT + '/folder')",
            "gfile writes": "tf.io.gfile.GFile(OUT + '/victim.txt', 'w').write('owned')",
            "gfile renames": "tf.io.gfile.rename(OUT + '/victim.txt', OUT + '/new.txt')",
            "gfile copies": "tf.io.gfile.copy(OUT + '/victim.txt', OUT + '/new.txt')",
            "gfile makes folders": "tf.io.gfile.makedirs(OUT + '/new/new')",
            "an operation writes": "tf.io.write_file(OUT + '/victim.txt', 'owned')",
            "a graph writes": "tf.function(lambda: tf.io.write_file(OUT + '/new', 'owned'))()",
            "save_weights": "keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])"
            ".save_weights(OUT + '/new.weights.h5')",
            "a checkpoint": "tf.train.Checkpoint(v=tf.Variable(1.0)).write(OUT + '/new')",
            "a saved model": "tf.saved_model.save(tf.Module(), OUT + '/new')",
            "events": "writer = tf.summary.create_file_writer(OUT + '/new')\nwriter.flush()",
            "HDF5": "import h5py\nh5py.File(OUT + '/new.h5', 'w')",
            "a data set": "tf.data.Dataset.range(3).save(OUT + '/new')",
        },
        tensorflow=True,
    ),
    *attacks(
        READING,
        {
            "gfile reads": "result = tf.io.gfile.GFile(OUT + '/secret.txt').read()",
            "an operation reads": "result = tf.io.read_file(OUT + '/secret.txt').numpy()",
            "lines in the background": "result = list("
            "tf.data.TextLineDataset([OUT + '/secret.txt']).prefetch(2).as_numpy_iterator())",
            "HDF5 reads": "import h5py\nresult = h5py.File(OUT + '/secret.h5')",
        },
        tensorflow=True,
    ),
    *attacks(
        NETWORK,
        {"a data service": "tf.data.experimental.service.DispatchServer()\nresult = 1"},
        tensorflow=True,
        alone=True,
    ),
]
