"""Command lines, time, settings: what is around a script."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

COMMAND_LINES = (
    Row(
        "local cmd = torch.CmdLine(); cmd:option('-lr', 0.1, 'learning rate'); cmd:parse({'-lr', '0.5'}).lr",
        "p = argparse.ArgumentParser(); p.add_argument('-lr', type=float, default=0.1, help='learning rate'); "
        "p.parse_args(['-lr', '0.5']).lr",
        "the type is that of the default in Lua; `parse(arg)` is `parse_args()`",
    ),
    Row(
        "local cmd = torch.CmdLine(); cmd:option('-gpu', false, 'use one'); cmd:parse({'-gpu'}).gpu",
        "p = argparse.ArgumentParser(); p.add_argument('-gpu', action='store_true', help='use one'); "
        "p.parse_args(['-gpu']).gpu",
        "naming it turns the default round",
    ),
    Row(
        "local cmd = torch.CmdLine(); cmd:argument('-file', 'a file'); cmd:parse({'m.t7'}).file",
        "p = argparse.ArgumentParser(); p.add_argument('file', help='a file'); p.parse_args(['m.t7']).file",
        "a word that must be given",
    ),
    Row(
        "local cmd = torch.CmdLine(); cmd:option('-n', 3, 'how many'); cmd:default()",
        "p = argparse.ArgumentParser(); p.add_argument('-n', type=int, default=3); vars(p.parse_args([]))",
    ),
    Row(
        "local cmd = torch.CmdLine(); cmd:text('Options'); cmd:option('-n', 3, 'how many'); cmd:help()",
        "p = argparse.ArgumentParser(epilog='Options'); p.add_argument('-n', type=int, default=3); p.print_help()",
    ),
    Row(
        "local cmd = torch.CmdLine(); cmd:option('-n', 3, 'how many'); cmd:string('run', {n = 5}, {})",
        "options = {'n': 5}; ','.join(['run', *[f'{k}={v}' for k, v in sorted(options.items())]])",
        "the options that differ from their defaults",
    ),
    Row(
        "local cmd = torch.CmdLine(); cmd:silent(); cmd:addTime('run'); cmd:log('l.txt', {}); print('a'); "
        "io.open('l.txt'):read('*a'):match('%[run%]: a') ~= nil",
        "h = logging.FileHandler('l.txt'); h.setFormatter(logging.Formatter('%(asctime)s[run]: %(message)s')); "
        "log = logging.Logger('l'); log.addHandler(h); log.info('a'); h.close(); "
        "'[run]: a' in Path('l.txt').read_text()",
        "`print` writes to the file too; after `cmd:silent()` to the file alone",
    ),
)

TIME = (
    Row("local t = torch.tic(); torch.toc(t) >= 0", "t = time.perf_counter(); time.perf_counter() - t >= 0", "seconds"),
    Row("local t = torch.Timer(); t:time().real >= 0", "t = time.perf_counter(); time.perf_counter() - t >= 0"),
    Row(
        "local t = torch.Timer(); t:time().user >= 0",
        "t = os.times(); os.times().user - t.user >= 0",
        "of the processor; `sys` is what the system took",
    ),
    Row("local t = torch.Timer(); t:reset():time().real >= 0", "t = time.perf_counter(); time.perf_counter() - t >= 0"),
    Row(
        "local t = torch.Timer(); t:stop(); t:resume(); t:stop():time().real >= 0",
        "def lap(start): return time.perf_counter() - start\n"
        "total = lap(time.perf_counter()); total += lap(time.perf_counter()); total >= 0",
        "what lies between `stop` and `resume` does not count: add up the parts",
    ),
)

SETTINGS = (
    Row("torch.setnumthreads(1); torch.getnumthreads()", "torch.set_num_threads(1); torch.get_num_threads()"),
    Row("torch.getnumcores()", "len(os.sched_getaffinity(0))"),
    Row("torch.setenv('LR', '0.1'); torch.getenv('LR')", "os.environ['LR'] = '0.1'; os.environ.get('LR')"),
    Row("torch.isatty(io.stdin)", "sys.stdin.isatty()"),
    Row("type(torch.version()) == 'string'", "isinstance(torch.__version__, str)"),
    Row("torch.packageLuaPath('nn'):match('[^/]*$')", "os.path.basename(os.path.dirname(torch.nn.__file__))"),
)
