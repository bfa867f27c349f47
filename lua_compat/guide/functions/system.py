"""Lua's packages around files, processes and tables: paths, sys, xlua, tds, threads."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

PATHS = (
    Row("paths.concat('a', 'b.t7')", "os.path.abspath(os.path.join('a', 'b.t7'))", "absolute in Lua"),
    Row("paths.basename('a/b.t7')", "os.path.basename('a/b.t7')", "`Path('a/b.t7').name`"),
    Row("paths.basename('a/b.t7', 't7')", "Path('a/b.t7').stem", "without the ending"),
    Row("paths.dirname('a/b.t7')", "os.path.dirname('a/b.t7')"),
    Row("paths.extname('a/b.t7')", "Path('a/b.t7').suffix[1:]", "without the dot in Lua"),
    Row("paths.cwd()", "os.getcwd()"),
    Row("paths.filep('a.t7')", "os.path.isfile('a.t7')"),
    Row("paths.dirp('.')", "os.path.isdir('.')"),
    Row("paths.mkdir('d'); paths.dirp('d')", "os.makedirs('d', exist_ok=True); os.path.isdir('d')"),
    Row("paths.mkdir('d'); paths.rmdir('d'); paths.dirp('d')", "os.mkdir('d'); os.rmdir('d'); os.path.isdir('d')"),
    Row(
        "paths.mkdir('d/f'); paths.rmall('d', 'yes'); paths.dirp('d')",
        "os.makedirs('d/f'); shutil.rmtree('d'); os.path.isdir('d')",
    ),
    Row(
        "paths.mkdir('d'); #paths.dir('d')",
        "os.makedirs('d', exist_ok=True); len(['.', '..', *os.listdir('d')])",
        "Lua's list has `.` and `..` too",
    ),
    Row(
        "io.open('a.txt', 'w'):close(); local found = {}\n"
        "for f in paths.iterfiles('.') do table.insert(found, f) end\nfound",
        "open('a.txt', 'w').close(); [e.name for e in os.scandir('.') if e.is_file()]",
    ),
    Row(
        "paths.mkdir('d'); local found = {}; for f in paths.iterdirs('.') do table.insert(found, f) end\nfound",
        "os.makedirs('d', exist_ok=True); [e.name for e in os.scandir('.') if e.is_dir()]",
    ),
    Row(
        "io.open('a.txt', 'w'):close(); local n = 0; for f in paths.files('.', '%.txt$') do n = n + 1 end\nn",
        "open('a.txt', 'w').close(); len(glob.glob('*.txt'))",
        "a pattern of Lua's, and one of the shell's",
    ),
    Row("paths.filep(paths.tmpname())", "os.path.isfile(tempfile.mkstemp()[1])"),
    Row("(paths.uname())", "platform.system()"),
    Row("paths.is_win(), paths.is_mac()", "sys.platform == 'win32', sys.platform == 'darwin'"),
    Row("paths.findprogram('sh')", "shutil.which('sh')"),
    Row("paths.dirp(paths.execdir())", "os.path.isdir(os.path.dirname(sys.executable))", "where the program lies"),
    Row(
        "local f = io.open('a.lua', 'w'); f:write('five = 5'); f:close(); paths.dofile('a.lua'); five",
        "Path('a.py').write_text('five = 5'); runpy.run_path('a.py')['five']",
        "`paths.thisfile()` is `__file__` in Python",
    ),
)

SYS = (
    Row("math.floor(sys.clock() / 1e9)", "time.time() // 1e9", "seconds since 1970"),
    Row("sys.tic(); sys.toc() >= 0", "t = time.perf_counter(); time.perf_counter() - t >= 0"),
    Row("sys.sleep(0); sys.usleep(0); true", "time.sleep(0); time.sleep(0 / 1e6); True"),
    Row("sys.execute('echo 5')", "subprocess.getoutput('echo 5').strip()"),
    Row("sys.fexecute('echo 5')", "subprocess.getoutput('echo 5').strip()"),
    Row("io.open('a.txt', 'w'):close(); sys.ls('a*')", "open('a.txt', 'w').close(); ' '.join(glob.glob('a*'))"),
    Row("sys.la('-d .')", "subprocess.getoutput('ls -a -d .')"),
    Row("sys.ll('-d .'), sys.lla('-d .')", "subprocess.getoutput('ls -l -d .'), subprocess.getoutput('ls -la -d .')"),
    Row("sys.uname()", "platform.system().lower()", "macOS is `darwin` in Python"),
    Row("sys.split('a,b', ',')", "'a,b'.split(',')"),
    Row("sys.isNaN(0 / 0)", "math.isnan(float('nan'))"),
    Row("sys.dirname('a/b'), sys.concat('a', 'b')", "os.path.dirname('a/b'), os.path.abspath(os.path.join('a', 'b'))"),
    Row("(sys.fpath())", "os.getcwd()", "of a file, `os.path.split(os.path.abspath(__file__))`"),
)

XLUA = (
    Row(
        "for i = 1, 3 do xlua.progress(i, 3) end\n3",
        "for i in range(1, 4): print(f'\\r{i}/3', end='', flush=True)\ni",
        "a bar; in Python `tqdm.tqdm(range(3))`",
    ),
    Row("xlua.formatTime(0.25)", "f'{0.25 * 1e3:.0f}ms'", "minutes, hours and days where it is more"),
    Row(
        "xlua.table2string({1, 2}):gsub('%s', ''):find('1') ~= nil",
        "'1' in repr([1, 2])",
        "`pprint.pformat` over lines",
    ),
    Row(
        "local said; xlua.trycatch(function() error('no', 0) end, function(e) said = e end); said",
        "try: raise ValueError('no')\nexcept ValueError as e: said = str(e)\nsaid",
        "a third function is `finally:`",
    ),
    Row(
        "local function f(...) local _, a, b = xlua.unpack({...}, 'f', 'adds', {arg='a', type='number'}, "
        "{arg='b', type='number', default=2}); return a + b end\nf{a = 3}",
        "def f(a, b=2): return a + b\nf(a=3)",
        "named arguments; `xlua.usage` makes what a docstring says",
    ),
    Row(
        "xlua.installed('torch'), xlua.installed('no_such')",
        "[importlib.util.find_spec(n) is not None for n in ('os', 'no_such')]",
    ),
    Row(
        "xlua.require('no_such') == nil",
        "try: no_such = importlib.import_module('no_such')\nexcept ImportError: no_such = None\nno_such is None",
    ),
    Row("xlua.envparams({NO_SUCH = 0.1})", "{'NO_SUCH': float(os.environ.get('NO_SUCH', 0.1))}"),
    Row(
        "local stop = xlua.log('l.txt'); print('a'); stop(); io.open('l.txt'):read('*a')",
        "with open('l.txt', 'w') as f, contextlib.redirect_stdout(f): print('a')\nPath('l.txt').read_text()",
        "prints on the screen too in Lua",
    ),
    Row(
        "local op = xlua.OptionParser('%prog [options]'); op:option{'-n', action = 'store', dest = 'n', default = 3}; "
        "arg = {}; op:parse().n",
        "p = argparse.ArgumentParser(); p.add_argument('-n', type=int, default=3); p.parse_args([]).n",
    ),
    Row(
        "local p = xlua.Profiler(); p:start('sum'); x:sum(); p:lap('sum'); p:get('sum') ~= nil",
        "p = cProfile.Profile(); p.runcall(x.sum); len(p.getstats()) > 0",
    ),
    Row("(pcall(xlua.error, 'no'))", "try: ok = bool(int('no'))\nexcept ValueError: ok = False\nok", "`raise`"),
    Row("_G.u = 5; xlua.clear('u'); rawget(_G, 'u') == nil", "u = 5; del u; 'u' not in globals()"),
)

TDS = (
    Row(
        "local h = tds.Hash(); h.a = 5; h.a, #h",
        "h = {}; h['a'] = 5; h['a'], len(h)",
        "memory outside of Lua; a dict needs none",
    ),
    Row(
        "local h = tds.Hash{a = 5}; local t = {}; for k, v in pairs(h) do t[k] = v end\nt",
        "h = {'a': 5}; dict(h.items())",
    ),
    Row("local l = tds.Vec{3, 4}; l[1], #l", "l = [3, 4]; l[0], len(l)"),
    Row("local l = tds.Vec(3, 4); l:insert(5); l[3]", "l = [3, 4]; l.append(5); l[2]"),
    Row("local l = tds.Vec(3, 4); l:remove(), #l", "l = [3, 4]; l.pop(), len(l)"),
    Row("local l = tds.Vec(4, 3); l:sort(); l[1]", "l = [4, 3]; l.sort(); l[0]"),
    Row("tds.Vec('a', 'b'):concat(',')", "','.join(['a', 'b'])"),
    Row("local c = tds.AtomicCounter(); c:inc(); c:inc(); c:get()", "c = itertools.count(); next(c); next(c); next(c)"),
    Row("tostring(tds.Vec(3, 4)):find('4') ~= nil", "'4' in str([3, 4])"),
)

THREADS = (
    Row(
        "local pool, sum = threads.Threads(2), 0; for i = 1, 3 do pool:addjob(function() return i * i end, "
        "function(r) sum = sum + r end) end\npool:synchronize(); pool:terminate(); sum",
        "pool = concurrent.futures.ThreadPoolExecutor(2); found = list(pool.map(lambda i: i * i, range(1, 4))); "
        "pool.shutdown(); sum(found)",
        "each thread is a Lua of its own in Lua; Python's share everything",
    ),
    Row(
        "local m = threads.Mutex(); m:lock(); m:unlock(); m:free(); true",
        "m = threading.Lock(); m.acquire(); m.release(); True",
        "`with m:`",
    ),
    Row(
        "local m, c = threads.Mutex(), threads.Condition(); m:lock(); c:signal(); m:unlock(); c:free(); m:free(); true",
        "c = threading.Condition(); c.acquire(); c.notify(); c.release(); True",
        "`c:wait(m)` is `c.wait()`",
    ),
    Row(
        "local t = threads.Thread('return 1'); t:free(); true",
        "t = threading.Thread(target=lambda: 1); t.start(); t.join(); True",
    ),
    Row(
        "threads.safe(function() return 5 end)()",
        "def locked(f, m=threading.Lock()):\n    with m: return f()\n\nlocked(lambda: 5)",
    ),
)
