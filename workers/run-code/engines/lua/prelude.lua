-- Output, input and exit of a program, and how its values are shown. Runs once, before the program.
local write, exit, succeed, fail = host_write, host_exit, host_succeed, host_fail
host_write, host_exit, host_succeed, host_fail = nil, nil, nil, nil

local tostring, type, select, pcall, xpcall, load = tostring, type, select, pcall, xpcall, load
local pairs, ipairs, next, error, tonumber = pairs, ipairs, next, error, tonumber
local concat, sort, pack, unpack = table.concat, table.sort, table.pack, table.unpack
local format, find, sub, match, rep = string.format, string.find, string.sub, string.match, string.rep
local mathtype, traceback, getmetatable = math.type, debug.traceback, getmetatable

function print(...)
  local texts = {}
  for index = 1, select('#', ...) do texts[index] = tostring((select(index, ...))) end
  write(concat(texts, '\t') .. '\n')
end

local input, position = '', 1

local function read_one(what)
  if type(what) == 'number' then
    if position > #input then return nil end
    local text = sub(input, position, position + what - 1)
    position = position + what
    return text
  end
  what = what:gsub('^%*', '')
  local kind = sub(what, 1, 1)
  if kind == 'a' then
    local text = sub(input, position)
    position = #input + 1
    return text
  end
  if position > #input then return nil end
  if kind == 'n' then
    local first, last, text = find(input, '^%s*([%+%-]?[%w%.]+)', position)
    if first == nil then return nil end
    position = last + 1
    return tonumber(text)
  end
  local first, last = find(input, '\n', position, true)
  local text = sub(input, position, first and (kind == 'L' and first or first - 1) or nil)
  position = (last or #input) + 1
  return text
end

local function read(...)
  if select('#', ...) == 0 then return read_one('l') end
  local results = {}
  for index = 1, select('#', ...) do
    results[index] = read_one((select(index, ...)))
    if results[index] == nil then break end
  end
  return unpack(results, 1, select('#', ...))
end

local function lines(what)
  return function() return read_one(what or 'l') end
end

local function writer()
  local file = {}
  function file:write(...)
    for index = 1, select('#', ...) do
      local value = select(index, ...)
      if type(value) ~= 'string' and type(value) ~= 'number' then
        error(format("bad argument #%d to 'write' (string expected, got %s)", index, type(value)), 2)
      end
      write(tostring(value))
    end
    return self
  end
  function file:flush() return self end
  function file:close() return true end
  function file:setvbuf() return true end
  return file
end

local stdout = writer()
io.stdout, io.stderr = stdout, writer()
io.stdin = {
  read = function(_, ...) return read(...) end,
  lines = function(_, what) return lines(what) end,
  close = function() return true end,
}
io.read = read
function io.write(...) return stdout:write(...) end
local open_lines = io.lines
function io.lines(name, ...)
  if name == nil then return lines(...) end
  return open_lines(name, ...)
end

function os.exit(code)
  if code == nil or code == true then code = 0 elseif code == false then code = 1 end
  exit(tonumber(code) or 1)
  error('exit', 0)
end
function os.getenv() return nil end

local show
local function key_text(key)
  if type(key) == 'string' and match(key, '^[%a_][%w_]*$') then return key end
  return '[' .. show(key, 3, {}) .. ']'
end

function show(value, depth, seen)
  if type(value) == 'string' then return (format('%q', value):gsub('\\\n', '\\n')) end
  if type(value) ~= 'table' then return tostring(value) end
  local meta = getmetatable(value)
  if type(meta) == 'table' and meta.__tostring ~= nil then return tostring(value) end
  if seen[value] then return '{…}' end
  if depth > 4 then return '{…}' end
  seen[value] = true
  local parts, count = {}, #value
  for index = 1, count do
    if #parts >= 100 then break end
    parts[#parts + 1] = show(value[index], depth + 1, seen)
  end
  local keys = {}
  for key in next, value do
    if not (mathtype(key) == 'integer' and key >= 1 and key <= count) then keys[#keys + 1] = key end
    if #keys >= 100 then break end
  end
  sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    if #parts >= 100 then break end
    parts[#parts + 1] = key_text(key) .. ' = ' .. show(value[key], depth + 1, seen)
  end
  seen[value] = nil
  if #parts >= 100 then parts[#parts + 1] = '…' end
  local line = '{' .. concat(parts, ', ') .. '}'
  if #line <= 72 then return line end
  local space = rep('  ', depth)
  return '{\n' .. space .. '  ' .. concat(parts, ',\n' .. space .. '  ') .. '\n' .. space .. '}'
end

local function describe(thrown)
  local text = type(thrown) == 'string' and thrown or show(thrown, 0, {})
  return { text, traceback('', 2) }
end

function run_program(source, stdin, args)
  run_program = nil
  input = stdin
  arg = args
  local chunk = load('return ' .. source, '@main.lua', 't')
  local problem
  if chunk == nil then chunk, problem = load(source, '@main.lua', 't') end
  if chunk == nil then return fail(problem, '') end
  local results = pack(xpcall(chunk, describe, unpack(args)))
  if not results[1] then
    local thrown = results[2]
    if type(thrown) == 'table' then return fail(thrown[1], thrown[2]) end
    return fail(tostring(thrown), '')
  end
  if results.n == 1 then return succeed() end
  local texts = {}
  for index = 2, results.n do texts[#texts + 1] = show(results[index], 0, {}) end
  succeed(concat(texts, ', '))
end
