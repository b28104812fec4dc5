package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gochat/internal/archive"
	"gochat/internal/config"
	"gochat/internal/wire"
)

// runExport writes a room's records to a file, sealed under the room's key.
func runExport(ctx context.Context, cfg config.Config, env Env) error {
	r, err := openReading(cfg, env)
	if err != nil {
		return err
	}
	defer r.close()
	if r.keys == nil {
		if r.keys, err = r.knownKeys(); err != nil {
			return err
		}
		if r.keys == nil {
			return fmt.Errorf("the key of %s is not kept here any more: of a private room, name its secret with --secret-file; "+
				"a conversation that was left can be read only", r.name)
		}
	}
	file := cfg.Args[0]
	if file == "-" {
		if isTerminal(env.Out) {
			return errors.New("the file is not text: send the output into a file or a pipe")
		}
		_, err := r.export(ctx, cfg, env.Out)
		return err
	}
	out, err := outputFile(file, cfg.Force)
	if err != nil {
		return err
	}
	var n exported
	if err := out.write(func(w io.Writer) (err error) {
		n, err = r.export(ctx, cfg, w)
		return err
	}); err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "%d records of the room %s, %d of them messages, are in %s; gochat import reads it, for those who know the room\n",
		n.records, r.name, n.messages, file)
	return nil
}

type exported struct{ records, messages int }

func (r *reading) export(ctx context.Context, cfg config.Config, w io.Writer) (n exported, err error) {
	var floor wire.Clk
	if !cfg.Since.IsZero() {
		floor = wire.Clk(max(cfg.Since.UnixMilli(), 0))
	}
	out, err := archive.NewWriter(w, r.keys, floor)
	if err != nil {
		return n, err
	}
	err = r.room.Scan(func(rec *wire.Record) error {
		if ctx.Err() != nil {
			return errInterrupted
		}
		if rec.Clk < floor {
			return nil
		}
		n.records++
		if rec.Type == wire.RecordText {
			n.messages++
		}
		return out.Write(rec)
	})
	if err == nil {
		err = out.Close()
	}
	return n, err
}
