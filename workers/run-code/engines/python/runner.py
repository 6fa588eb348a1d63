# Becomes the module _runner of the start image: runs one program as if it were the file main.py.
def _make():
    import ast
    import asyncio
    import importlib
    import inspect
    import io
    import json
    import linecache
    import os
    import random
    import sys
    import time
    import traceback
    import types
    import warnings

    # Loaded here so that programs find them in the image.
    import bisect, collections, contextlib, copy, csv, dataclasses, datetime, decimal, enum  # noqa
    import fractions, functools, hashlib, heapq, itertools, math, operator, pprint, re  # noqa
    import statistics, string, textwrap, typing, uuid  # noqa

    FILE = 'main.py'

    class Unsettled(BaseException):
        pass

    class Bytes(io.RawIOBase):
        def __init__(self, write):
            self._write = write

        def writable(self):
            return True

        def write(self, data):
            data = bytes(data)
            self._write(data.decode('utf-8', 'replace'))
            return len(data)

    class Output(io.TextIOBase):
        encoding = 'utf-8'
        errors = 'replace'

        def __init__(self, write):
            self._write = write
            self.buffer = Bytes(write)

        def writable(self):
            return True

        def write(self, text):
            if not isinstance(text, str):
                raise TypeError(f'write() argument must be str, not {type(text).__name__}')
            if not text.isascii():
                self._write(text.encode('utf-8', 'surrogatepass').decode('utf-8', 'replace'))
            elif text:
                self._write(text)
            return len(text)

    def loop_class(sleep):
        class Nap:
            def select(self, timeout):
                if timeout is None:
                    raise Unsettled()
                if timeout > 0:
                    sleep(timeout)
                return []

        class Loop(asyncio.BaseEventLoop):
            # Nothing comes from outside: waiting is all there is to it.
            def __init__(self):
                super().__init__()
                self._selector = Nap()

            def _process_events(self, events):
                pass

            def _write_to_self(self):
                pass

        return Loop

    def own_traceback(tb):
        while tb is not None and tb.tb_frame.f_code.co_filename != FILE:
            tb = tb.tb_next
        return tb

    def last_line(error):
        if isinstance(error, SyntaxError) and error.filename == FILE:
            return error.lineno
        line = None
        tb = error.__traceback__
        while tb is not None:
            if tb.tb_frame.f_code.co_filename == FILE:
                line = tb.tb_lineno
            tb = tb.tb_next
        return line

    def describe(error):
        tb = own_traceback(error.__traceback__)
        lines = traceback.format_exception(type(error), error, tb, limit=-20)
        lines = [line.replace('File "/home/', 'File "') for line in lines]
        try:
            message = str(error)
        except Exception:
            message = ''
        return {
            'reason': 'error',
            'name': type(error).__name__,
            'message': message[:4096],
            'stack': ''.join(lines).rstrip()[-4096:],
            'line': last_line(error),
        }

    def evaluate(source, module, loop):
        tree = ast.parse(source, FILE)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)
        value = None
        with_await = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        parts = [compile(tree, FILE, 'exec', flags=with_await)]
        if last is not None:
            parts.append(compile(last, FILE, 'eval', flags=with_await))
        if not any(part.co_flags & inspect.CO_COROUTINE for part in parts):
            for part in parts:
                value = eval(part, module.__dict__)
            return value

        async def all_parts():
            for part in parts:
                result = eval(part, module.__dict__)
                if part.co_flags & inspect.CO_COROUTINE:
                    result = await result
            return result

        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(all_parts())

    def lay_out(files):
        os.chdir('/home')
        for file in files:
            with open(file['name'], 'w', encoding='utf-8', errors='replace') as target:
                target.write(file['text'])
        sys.path.insert(0, '')
        importlib.invalidate_caches()

    def run_program(source, stdin, args, files, seed, write, sleep):
        random.seed(seed)
        loop = loop_class(lambda seconds: sleep(seconds * 1000))

        def nap(seconds, /):
            if seconds < 0:
                raise ValueError('sleep length must be non-negative')
            sleep(float(seconds) * 1000)

        time.sleep = nap

        class Policy(asyncio.events._BaseDefaultEventLoopPolicy):
            _loop_factory = loop

        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            asyncio.set_event_loop_policy(Policy())
        # Pyodide's own loop counts as running from the start, and needs timers that are not here.
        asyncio._set_running_loop(None)
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode('utf-8', 'replace')), encoding='utf-8')
        sys.stdout = sys.__stdout__ = Output(write)
        sys.stderr = sys.__stderr__ = Output(write)
        sys.argv = [FILE, *json.loads(args)]
        files = json.loads(files)
        if files:
            lay_out(files)
        linecache.cache[FILE] = (len(source), None, source.splitlines(True), FILE)
        module = types.ModuleType('__main__')
        module.__file__ = FILE
        sys.modules['__main__'] = module
        try:
            value = evaluate(source, module, loop)
            result = {'reason': 'ok'}
            if value is not None:
                result['value'] = repr(value)[:20000]
        except Unsettled:
            result = {'reason': 'unsettled'}
        except SystemExit as exit:
            code = exit.code
            if code is None:
                code = 0
            elif not isinstance(code, int):
                sys.stderr.write(f'{code}\n')
                code = 1
            result = {'reason': 'exit', 'code': code & 255}
        except MemoryError:
            result = {'reason': 'memory'}
        except BaseException as error:
            result = describe(error)
        return json.dumps(result)

    runner = types.ModuleType('_runner')
    runner.run_program = run_program
    sys.modules['_runner'] = runner


_make()
del _make
