package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/crypto"
	"gochat/internal/admin"
	"gochat/internal/config"
	"gochat/internal/wire"
)

const maxInviteFile = 4 << 20 // bytes

func (o *operator) readInvitations(cfg config.Config) (bootnode.Invitations, error) {
	file := cfg.Operating.InviteOnly
	if file == "" {
		return nil, nil
	}
	b, err := config.ReadOwn(file, maxInviteFile)
	if err != nil {
		return nil, cfg.Unusable("invite-only", err)
	}
	list, err := bootnode.ParseInvitations(b)
	if err != nil {
		return nil, cfg.Unusable("invite-only", err)
	}
	if w := config.WarnReadable(file); w != "" {
		o.log.Warn(w)
	}
	return list, nil
}

func readMOTD(cfg config.Config) (string, error) {
	if cfg.Operating.MOTDFile == "" {
		return "", nil
	}
	b, err := config.ReadOwn(cfg.Operating.MOTDFile, wire.MaxText+2)
	if err != nil {
		return "", cfg.Unusable("motd-file", err)
	}
	text := strings.TrimRight(string(b), "\r\n")
	if err := bootnode.CheckText(text); text != "" && err != nil {
		return "", cfg.Unusable("motd-file", err)
	}
	return text, nil
}

// readAllowed reads which other bootnodes may come.
func (o *operator) readAllowed(cfg config.Config) ([]crypto.NodeID, error) {
	if o.linked == nil || cfg.Federation.Allow == "" {
		return nil, nil
	}
	return readAllow(cfg)
}

// readAllow reads the list of --fed-allow.
func readAllow(cfg config.Config) ([]crypto.NodeID, error) {
	b, err := config.ReadOwn(cfg.Federation.Allow, engine.MaxAllowFile)
	if err != nil {
		return nil, cfg.Unusable("fed-allow", err)
	}
	nodes, err := engine.ParseAllow(b)
	if err != nil {
		return nil, cfg.Unusable("fed-allow", err)
	}
	return nodes, nil
}

// allow has the engine take those bootnodes, less those who are banned. With mu
// held, or before serve.
func (o *operator) allow() {
	if o.linked == nil || o.cfg.Federation.Allow == "" {
		return
	}
	now := time.Now()
	o.linked.Reload(slices.DeleteFunc(slices.Clone(o.allowed), func(n crypto.NodeID) bool { return o.bans.has(now, bootnode.Target{Node: n}) }))
}

// reload takes over settings that changed.
func (o *operator) reload(ctx context.Context) (admin.ReloadResult, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reloadHeld(ctx)
}

// reloadHeld is reload with mu held. Everything is read before anything is
// changed: upon an error all stays as it was.
func (o *operator) reloadHeld(ctx context.Context) (r admin.ReloadResult, err error) {
	cfg, err := o.cfg.Reload()
	if err != nil {
		return r, fmt.Errorf("nothing was changed: %w", err)
	}
	invited, err := o.readInvitations(cfg)
	if err != nil {
		return r, fmt.Errorf("nothing was changed: %w", err)
	}
	motd, err := readMOTD(cfg)
	if err != nil {
		return r, fmt.Errorf("nothing was changed: %w", err)
	}
	changed, _ := o.cfg.Differences(cfg)
	_, restart := o.first.Differences(cfg)
	allowed, err := o.readAllowed(cfg)
	if err != nil {
		return r, fmt.Errorf("nothing was changed: %w", err)
	}
	switch {
	case o.tls != nil && cfg.TLSCert != "":
		if err := o.tls.renew(cfg.TLSCert, cfg.TLSKey); err != nil {
			return r, fmt.Errorf("nothing was changed: %w", certError(cfg, err))
		}
	case o.tls != nil || cfg.TLSCert != "": // with TLS, or without, is decided at the start
		restart = append(restart, "tls-cert")
	}
	if r.Ended, err = o.srv.Reconfigure(ctx, limits(cfg), invited); err != nil {
		return r, err
	}
	if motd != o.motd {
		if err := o.srv.SetMOTD(ctx, motd); err != nil {
			return r, err
		}
	}
	o.level.Set(cfg.LogLevel)
	o.cfg, o.invited, o.motd, o.allowed = cfg, invited, motd, allowed
	o.allow()
	r.Changed, r.Restart = append([]string{}, changed...), append([]string{}, restart...)
	o.log.Info("the settings were read again", "changed", r.Changed, "needs_restart", r.Restart)
	return r, nil
}
