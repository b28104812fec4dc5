package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"path/filepath"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/internal/config"
)

// nodeKeyFile is the default name of the node key, in the bootnode's directory.
const nodeKeyFile = "node.nk"

// openEngine makes what links this bootnode with others; nil if none of the
// settings asks for it. The directory of a mailbox is claimed already.
func openEngine(cfg config.Config, dir string, log *slog.Logger) (*engine.Engine, error) {
	f, store := cfg.Federation, cfg.Mailbox.Dir
	if !f.On() && store == "" {
		return nil, nil
	}
	own := engine.Config{
		ClusterListen: f.ClusterListen, ClusterPeers: f.ClusterPeers, Advertise: f.Advertise, FedListen: f.Listen, Uplink: f.Uplink,
		StoreDir: store, StoreMax: storeMax(cfg), Logger: log,
	}
	for _, p := range f.UplinkPins {
		own.UplinkPins = append(own.UplinkPins, p)
	}
	path := f.NodeKey
	if path == "" {
		path = filepath.Join(dir, nodeKeyFile)
	}
	var err error
	if own.Key, err = engine.LoadNodeKey(path); err != nil {
		if f.NodeKey == "" {
			return nil, err
		}
		return nil, cfg.Unusable("node-key", err)
	}
	if f.ClusterSecret != "" {
		secret, warning, err := config.ReadSecret(f.ClusterSecret)
		if err != nil {
			return nil, cfg.Unusable("cluster-secret-file", err)
		}
		if warning != "" {
			log.Warn(warning)
		}
		own.ClusterSecret = []byte(secret)
	}
	if f.Allow != "" {
		if own.FedAllow, err = readAllow(cfg); err != nil {
			return nil, err
		}
	}
	if f.Listen != "" && cfg.TLSCert != "" {
		if own.Certificate, err = certificateOf(cfg, log); err != nil {
			return nil, err
		}
	}
	e, err := engine.New(own)
	if errors.Is(err, engine.ErrConfig) {
		return nil, &exitError{ExitUsage, err}
	}
	return e, err
}

// certificateOf is that of --tls-cert, as it is renewed.
func certificateOf(cfg config.Config, log *slog.Logger) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	cert := &certificate{certFile: cfg.TLSCert, keyFile: cfg.TLSKey, log: log}
	if err := cert.load(); err != nil {
		return nil, certError(cfg, err)
	}
	return cert.get, nil
}

// meshOf is the engine as a bootnode's mesh; nil: none of its settings asks for
// other bootnodes.
func meshOf(cfg config.Config, e *engine.Engine) bootnode.Mesh {
	if !cfg.Federation.On() {
		return nil // a mailbox alone has an engine, too
	}
	return e
}

// runLinked runs a bootnode beside its engine, if it has one, until ctx or
// either of them ends. The engine goes last, so that others hear the farewell.
func runLinked(ctx context.Context, e *engine.Engine, run func(context.Context) error) error {
	if e == nil {
		return run(ctx)
	}
	linked, unlink := context.WithCancel(context.WithoutCancel(ctx))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		defer cancel()
		ended <- e.Run(linked)
	}()
	err := run(ctx)
	unlink()
	return errors.Join(err, <-ended)
}
