package cli

import "os"

// letGo lets go of the standard streams of whoever began this process.
func letGo(env Env) error {
	env.In.Close()
	return env.Out.Close()
}

// complainTo has what is for standard error go to a file. It returns what to write
// to: the file, opened once more.
func complainTo(log, stderr *os.File) *os.File {
	if stderr.Name() == log.Name() {
		return stderr
	}
	f, err := openAppend(log.Name())
	if err != nil {
		return stderr
	}
	return f
}
