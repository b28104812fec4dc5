package cli

import "os"

// keepTyped does nothing: a console keeps keys, not lines.
func keepTyped(*os.File) (release func()) { return func() {} }
