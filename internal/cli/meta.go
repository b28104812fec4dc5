package cli

// Meta keeps small values that belong to one room, such as how far it was
// read, for the next time it is joined. A room's store may be one.
type Meta interface {
	// Meta returns a value, nil if there is none.
	Meta(key string) ([]byte, error)
	SetMeta(key string, value []byte) error
}
