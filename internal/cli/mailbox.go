package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/bootnode/mailbox"
	"gochat/bootnode/monitor"
	"gochat/internal/config"
	"gochat/internal/filelock"
	"gochat/internal/front"
	"gochat/internal/wire"
)

// mailboxSpare is what the store's files may take besides what is in them.
const mailboxSpare = 64 << 20

// clusterCopies is how many nodes of a cluster have a copy of what is kept: with
// one of three down the other two go on.
const clusterCopies = 3

// storeMax bounds the files of the mailbox.
func storeMax(cfg config.Config) int64 { return cfg.Mailbox.MaxBytes + mailboxSpare }

// mailPerNetwork is what members of one network may put in a day: by default 64 MiB.
// In a week, the default time, that is less than half of the mailbox.
func mailPerNetwork(cfg config.Config) int {
	return int(max(cfg.Mailbox.MaxBytes/16, 2*wire.MaxBoxObject))
}

// storeLock is the file in the directory of a mailbox that its bootnode has locked.
// The data directory may be the same one, and has a lock of its own.
const storeLock = "mailbox.lock"

// claimStore makes the directory of the mailbox, for its owner only, and keeps other
// bootnodes out of it until release: two of them would each write over what the
// other acknowledged. Without a mailbox it does nothing.
func claimStore(cfg config.Config) (release func(), err error) {
	dir := cfg.Mailbox.Dir
	if dir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, cfg.Unusable("mailbox-dir", err)
	}
	lock, err := filelock.Lock(filepath.Join(dir, storeLock))
	switch {
	case errors.Is(err, filelock.ErrInUse):
		return nil, fmt.Errorf("the mailbox directory %s is %w: end that one, or name another with --mailbox-dir; each bootnode of a cluster has its own", dir, err)
	case err != nil:
		return nil, cfg.Unusable("mailbox-dir", err)
	}
	return func() { lock.Close() }, nil
}

// post is the mailbox of a bootnode, or its way to one of its cluster; nil: neither.
type post struct{ *mailbox.Mailbox }

// newMailbox is the mailbox on an engine; nil without one. With a directory it
// stores, else it asks the nodes of its cluster that do.
func newMailbox(cfg config.Config, e *engine.Engine, log *slog.Logger) *post {
	if e == nil {
		return nil
	}
	copies := 1
	if cfg.Federation.ClusterListen != "" {
		copies = clusterCopies
	}
	return &post{mailbox.New(mailbox.Config{
		Engine: e, Store: cfg.Mailbox.Dir != "", Replicas: copies, Logger: log,
		Keep: cfg.Mailbox.TTL, MaxBytes: cfg.Mailbox.MaxBytes, PerBox: cfg.Mailbox.PerUser,
	})}
}

// asMail is the mailbox as a bootnode takes it.
func (p *post) asMail() bootnode.Mail {
	if p == nil {
		return nil
	}
	return p.Mailbox
}

// beside runs the mailbox as long as something else runs.
func (p *post) beside(ctx context.Context, run func(context.Context) error) error {
	if p == nil {
		return run(ctx)
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var task sync.WaitGroup
	task.Go(func() { p.Run(working) })
	defer task.Wait()
	defer stop()
	return run(ctx)
}

// counts tells what lies in it; nil: nothing can, here.
func (p *post) counts() func() monitor.Mail {
	if p == nil || !p.Stores() {
		return nil
	}
	return func() monitor.Mail { return monitor.Mail(p.Usage()) }
}

// keptWhere says what a mailbox has of what was not delivered.
func keptWhere(d front.Delivery) string {
	text := "wait for those who are away in the mailbox of " + d.Mailbox
	if d.Keep > 0 {
		text += " until " + time.Now().Add(d.Keep).Format("2006-01-02 15:04")
	}
	return text
}
