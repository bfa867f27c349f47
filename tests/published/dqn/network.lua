return function(args)
   local net = nn.Sequential()
   net:add(nn.Reshape(args.hist_len * args.state_dim))
   net:add(nn.Linear(args.hist_len * args.state_dim, 24))
   net:add(nn.Rectifier())
   net:add(nn.Linear(24, args.n_actions))
   if args.verbose >= 2 then print(net) end
   return net
end
