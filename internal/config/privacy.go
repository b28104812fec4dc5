package config

// checkPrivacy refuses to hide an address where it cannot be hidden: without a
// named bootnode, members find each other by asking around on this network.
func (c *Config) checkPrivacy() error {
	if c.Mode != Client || len(c.Bootnodes) > 0 || !c.joins() {
		return nil
	}
	const problem = "needs a bootnode that carries everything: members on one network see each other's addresses"
	switch {
	case c.RelayOnly:
		return c.conflict("relay-only", problem, "--bootnode HOST:PORT besides")
	case c.Direct == DirectVerified:
		return c.conflict("direct", problem, "--bootnode HOST:PORT besides")
	}
	return nil
}

// joins reports whether the command joins a room, or examines what doing so
// would be like.
func (c *Config) joins() bool { return c.command == Run || c.command == Send || c.command == Doctor }
