-- The files of nn that hold modules and criteria, in the order in which they are loaded.
return {
   'linear', 'pointwise', 'spatial', 'normalization', 'views', 'branches', 'tables', 'dimensions',
}
