-- Classes that bring their package along when a file has them: containers, nets that are graphs, other names of modules.

local BRINGS = {
   ['^tds%.'] = 'tds', ['^nn%.gModule$'] = 'nngraph', ['^nngraph%.'] = 'nngraph', ['^graph%.'] = 'graph',
   ['^nn%.InstanceNormalization$'] = 'nn.InstanceNormalization', ['^cudnn%.'] = 'gpu.cudnn', ['^inn%.'] = 'gpu.inn',
   ['^nn%.DataParallel'] = 'gpu.cunn', ['^nn%.SpatialConvolutionCuFFT$'] = 'gpu.cunn', ['^nn%.LinearNB$'] = 'gpu.cunn',
   ['^nn%.LookupTableGPU$'] = 'gpu.cunn', ['^nn%.FasterLookup$'] = 'gpu.cunn', ['^nn%.TrueNLLCriterion$'] = 'gpu.cunn',
}

--- Requires what defines a class, as far as that is known.
return function(class_name)
   for pattern, package in pairs(BRINGS) do
      if class_name:find(pattern) then require(package) end
   end
end
