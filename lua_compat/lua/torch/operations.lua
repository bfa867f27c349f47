-- The table of operations: Torch7's names, the calling forms of each (signatures.lua tells how to read them), and the
-- element types that have it. To add one: a Python function in bridge/ops, and a row here.

local torch = require 'torch'
local signatures = require 'torch.signatures'
local order = require 'torch.order'
local define = signatures.define

local ALL = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'}
local REAL = {'Float', 'Double'}
local WITH_ABS = {'Int', 'Long', 'Float', 'Double', 'Half'}
local ALL_AND_HALF = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'}

------------------------------------------------------------------------------------------------ element by element

-- As functions many take numbers too: torch.exp(2). They are computed as the elements of the default type are.
local function with_numbers(row, numbers)
   local name = row[1]
   local function of_numbers(...)
      local given = {...}
      for i, number in ipairs(given) do given[i] = torch.Tensor(1):fill(number) end
      if name == 'lerp' then given[3] = select(3, ...) end
      return (name == 'pow' and torch.cpow or torch[name])(unpack(given))[1]
   end
   row.inplace = true
   row.as = 'method'
   define(row)
   local as_function = {inplace = true, as = 'function', types = row.types}
   for i = 1, #row do as_function[i] = row[i] end
   as_function[#row + 1] = {of_numbers, numbers}
   define(as_function)
end
for _, name in ipairs {
   'acos', 'asin', 'atan', 'ceil', 'cos', 'cosh', 'exp', 'floor', 'frac', 'log', 'log1p', 'round', 'rsqrt', 'sigmoid', 'sin',
   'sinh', 'sqrt', 'tan', 'tanh', 'trunc',
} do
   with_numbers({name, {name, 'r T~'}, types = REAL}, 'n')
end
for _, name in ipairs {'cinv', 'neg'} do define {name, {name, 'r T~'}, inplace = true, types = REAL} end
with_numbers({'abs', {'abs', 'r T~'}, types = WITH_ABS}, 'n')
define {'sign', {'sign', 'r T~'}, inplace = true, types = ALL}

for _, name in ipairs {
   'mul', 'div', 'fmod', 'remainder', 'lshift', 'rshift', 'bitand', 'bitor', 'bitxor',
} do
   define {name, {name, 'r T~ n'}, inplace = true, types = ALL}
end
define {'mod', {'fmod', 'r T~ n'}, inplace = true, types = ALL}
for _, name in ipairs {
   'cmul', 'cdiv', 'cfmod', 'cremainder', 'cpow', 'clshift', 'crshift', 'cbitand', 'cbitor', 'cbitxor',
} do
   define {name, {name, 'r T~ T'}, inplace = true, types = ALL}
end
define {'cmod', {'cfmod', 'r T~ T'}, inplace = true, types = ALL}
with_numbers({'atan2', {'atan2', 'r T~ T'}, types = REAL}, 'n n')
define {'add', {'add_number', 'r T~ n'}, {'add', 'r T~ n=1 T'}, inplace = true, types = ALL_AND_HALF}
define {'csub', {'csub_number', 'r T~ n'}, {'csub', 'r T~ n=1 T'}, inplace = true, types = ALL}
with_numbers({'pow', {'pow', 'r T~ n'}, {'tpow', 'r n T~'}, types = REAL}, 'n n')
define {'cmax', {'cmax', 'r T~ T'}, {'cmax_number', 'r T~ n'}, inplace = true, types = ALL}
define {'cmin', {'cmin', 'r T~ T'}, {'cmin_number', 'r T~ n'}, inplace = true, types = ALL}
define {'clamp', {'clamp', 'r T~ n n'}, inplace = true, types = ALL}
with_numbers({'lerp', {'lerp', 'r T~ T n'}, types = REAL}, 'n n n')
define {'addcmul', {'addcmul', 'r T~ n=1 T T'}, inplace = true, types = ALL}
define {'addcdiv', {'addcdiv', 'r T~ n=1 T T'}, inplace = true, types = ALL}

for _, name in ipairs {'lt', 'le', 'gt', 'ge', 'eq', 'ne'} do
   define {name, {name, 'rB T n'}, {name, 'r T n'}, {name, 'rB T T'}, {name, 'r T T'}, types = ALL}
end
define {'equal', {'equal', 'T T'}, types = ALL}
define {'all', {'all', 'T'}, types = {'Byte'}}
define {'any', {'any', 'T'}, types = {'Byte'}}
define {'fill', {'fill', 'T n'}, returns = 'self'}
define {'zero', {'zero', 'T'}, returns = 'self', types = ALL}

------------------------------------------------------------------------------------------------------- reductions

for _, name in ipairs {'sum', 'prod', 'mean'} do
   define {name, {name, 'T'}, {name .. '_along', 'r T d'}, types = name == 'mean' and {'Float', 'Double', 'Half'} or ALL}
end
for _, name in ipairs {'var', 'std'} do
   define {name, {name, 'T b=false'}, {name .. '_along', 'r T d b=false'}, types = REAL}
end
for _, name in ipairs {'max', 'min'} do
   define {name, {name, 'T'}, {name .. '_along', 'r rL T d'}, types = name == 'max' and ALL_AND_HALF or ALL}
end
for _, name in ipairs {'cumsum', 'cumprod'} do define {name, {name, 'r T d=1'}, types = ALL} end
define {'sort', {order.sort, 'r rL T d=nil b=false'}, types = ALL}
define {'topk', {order.topk, 'r rL T n=1 d=nil b=false b=false'}, types = ALL}
define {'kthvalue', {order.kthvalue, 'r rL T n d=nil'}, types = ALL}
define {'median', {order.median, 'r rL T d=nil'}, types = ALL}
define {'mode', {order.mode, 'r rL T d=nil'}, types = ALL}
define {'norm', {'norm', 'T n=2'}, {'norm_along', 'r T n d'}, types = REAL}
define {'renorm', {'renorm', 'r T~ n d n'}, inplace = true, types = REAL}
define {'dist', {'dist', 'T T n=2'}, types = REAL}
define {'histc', {'histc', 'r T n=100 n=0 n=0'}, types = REAL}
define {'bhistc', {'bhistc', 'r T n=100 n=0 n=0'}, types = REAL}
define {'cross', {'cross', 'r T T d=nil'}, types = ALL}
define {'match', {'match', 'r T T n=1'}, types = ALL}
define {'trace', {'trace', 'T'}, types = ALL}
define {'numel', {'numel', 'A'}, types = ALL}

-------------------------------------------------------------------------------------------------------- products

define {'dot', {'dot', 'T T'}, types = ALL}
for _, name in ipairs {'mm', 'mv', 'ger', 'bmm'} do define {name, {name, 'r T T'}, inplace = true, types = ALL} end
for _, name in ipairs {'addmm', 'addmv', 'addr', 'addbmm', 'baddbmm'} do
   -- A single number scales the product.
   define {name, {name, 'r #1 T~ n=1 T T'}, {name, 'r n=1 T~ n=1 T T'}, inplace = true, types = ALL}
end
for _, name in ipairs {'conv2', 'xcorr2', 'conv3', 'xcorr3'} do define {name, {name, 'r T T s=V'}, types = ALL} end

-------------------------------------------------------------------------------------------- systems of equations

define {'gesv', {'gesv', 'r r T T'}, types = REAL, as = 'function'}
define {'gels', {'gels', 'r r T T'}, types = REAL, as = 'function'}
define {'trtrs', {'trtrs', 'r r T T s=U s=N s=N'}, types = REAL, as = 'function'}
define {'potrf', {'potrf', 'r T s=U'}, types = REAL, as = 'function'}
define {'potri', {'potri', 'r T s=U'}, types = REAL, as = 'function'}
define {'potrs', {'potrs', 'r T T s=U'}, types = REAL, as = 'function'}
define {'pstrf', {'pstrf', 'r rI T s=U'}, types = REAL, as = 'function'}
define {'symeig', {'symeig', 'r r T s=N s=U'}, types = REAL, as = 'function'}
define {'eig', {'eig', 'r r T s=N'}, types = REAL, as = 'function'}
define {'svd', {'svd', 'r r r T s=S'}, types = REAL, as = 'function'}
define {'inverse', {'inverse', 'r T'}, types = REAL, as = 'function'}
define {'qr', {'qr', 'r r T'}, types = REAL, as = 'function'}
define {'geqrf', {'geqrf', 'r r T'}, types = REAL, as = 'function'}
define {'orgqr', {'orgqr', 'r T T'}, types = REAL, as = 'function'}
define {'ormqr', {'ormqr', 'r T T T s=L s=N'}, types = REAL, as = 'function'}

-------------------------------------------------------------------------------------------------------- creation

define {'eye', {'eye', 'r @ n n=nil'}, inplace = true, types = ALL}
define {'range', {'range', 'r @ n n n=1'}, inplace = true, types = ALL}
define {'linspace', {'linspace', 'r @ n n n=100'}, inplace = true, types = REAL}
define {'logspace', {'logspace', 'r @ n n n=100'}, inplace = true, types = REAL}
define {'diag', {'diag', 'r T n=0'}, types = ALL}
define {'tril', {'tril', 'r T n=0'}, types = ALL}
define {'triu', {'triu', 'r T n=0'}, types = ALL}

-------------------------------------------------------------------------------------------------------- indexing

-- Some return their last argument, not the tensor that they wrote to: scripts see Torch7 do so.
define {'index', {'index', 'r T d L'}, returns = 'last', types = ALL, as = 'method'}
define {'indexCopy', {'index_copy', 'T d L T'}, returns = 'last', types = ALL, as = 'method'}
define {'indexAdd', {'index_add', 'T d L T'}, returns = 'last', types = ALL, as = 'method'}
define {'indexFill', {'index_fill', 'T d L n'}, returns = 'last', types = ALL, as = 'method'}
define {'gather', {'gather', 'r T d L'}, types = ALL}
define {'scatter', {'scatter', 'T d L T'}, {'scatter', 'T d L n'}, returns = 'self', types = ALL}
define {'maskedSelect', {'masked_select', 'r T B'}, returns = 'last', types = ALL, as = 'method'}
define {'maskedFill', {'masked_fill', 'T B n'}, returns = 'last', types = ALL, as = 'method'}
define {'maskedCopy', {'masked_copy', 'T B T'}, returns = 'self', types = ALL, as = 'method'}
define {'nonzero', {'nonzero', 'rL T'}, types = ALL}

----------------------------------------------------------------------------------------------------------- views

define {'narrow', {'narrow', 'T d d n'}, as = 'method'}
define {'select', {'select', 'T d d'}, as = 'method'}
define {'transpose', {'transpose', 'T d d'}, as = 'method'}
define {'unfold', {'unfold', 'T d n n'}, as = 'method'}
define {'copy', {'copy', 'T A'}, returns = 'self', as = 'method'}
define {'resizeAs', {'resize_as', 'T A'}, returns = 'self', as = 'method'}
define {'isSameSizeAs', {'same_size', 'T A'}, as = 'method'}
define {'isSetTo', {'is_set_to', 'T T'}, as = 'method'}
define {'isSize', {'is_size', 'T S'}, as = 'method'}
