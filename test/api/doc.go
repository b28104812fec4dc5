// Package api tests what others build on package peer: its streams as net.Conn,
// and the programs in examples/ as their users run them. Everything stays on
// this machine.
package api
