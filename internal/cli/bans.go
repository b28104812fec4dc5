package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/admin"
	"gochat/internal/profile"
	"gochat/internal/text"
)

const (
	bansFile    = "bans.json"
	maxBansFile = 8 << 20
	maxReason   = 200
)

// banFile keeps the bans on disk.
type banFile struct {
	home *profile.Bootnode
	by   map[bootnode.Target]bootnode.Ban
}

// bansOnDisk is the form of the file.
type bansOnDisk struct {
	V    int             `json:"v"`
	Bans []admin.BanInfo `json:"bans"`
}

// openBans reads the bans. A damaged file is kept aside: bans are lost then, but
// a bootnode that does not start would be worse, and the log says so.
func openBans(home *profile.Bootnode, log *slog.Logger) (*banFile, error) {
	f := &banFile{home: home, by: map[bootnode.Target]bootnode.Ban{}}
	b, err := home.Read(bansFile, maxBansFile)
	if errors.Is(err, os.ErrNotExist) {
		return f, nil
	}
	var list []bootnode.Ban
	if err == nil {
		list, err = parseBans(b)
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, err
	}
	if err != nil {
		said, moved := home.MoveAside(bansFile, "there are no bans any more")
		if moved != nil {
			return nil, fmt.Errorf("the bans cannot be read (%w) nor moved aside: %w", err, moved)
		}
		log.Error(said, "error", err)
		return f, nil
	}
	for _, x := range list {
		f.by[x.Target] = x
	}
	return f, nil
}

// parseBans reads the file's bytes.
func parseBans(b []byte) (list []bootnode.Ban, err error) {
	var file bansOnDisk
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the bans")
	}
	if file.V != 1 || len(file.Bans) > bootnode.MaxBans {
		return nil, errors.New("of another version, or too many bans")
	}
	for _, x := range file.Bans {
		t, err := bootnode.ParseTarget(x.Target)
		if err != nil || len(x.Reason) > maxReason {
			return nil, fmt.Errorf("%q is no ban: %w", x.Target, cmp.Or(err, errors.New("its reason is too long")))
		}
		ban := bootnode.Ban{Target: t, Reason: x.Reason}
		if x.Until != nil {
			ban.Until = *x.Until
		}
		list = append(list, ban)
	}
	return list, nil
}

// list is the bans in force, in the order of their targets.
func (f *banFile) list(now time.Time) (list []bootnode.Ban) {
	for _, x := range f.by {
		if x.Until.IsZero() || now.Before(x.Until) {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b bootnode.Ban) int { return cmp.Compare(a.Target.String(), b.Target.String()) })
	return list
}

func (f *banFile) has(now time.Time, t bootnode.Target) bool {
	x, ok := f.by[t]
	return ok && (x.Until.IsZero() || now.Before(x.Until))
}

func (f *banFile) count(now time.Time) int { return len(f.list(now)) }

// replace writes the bans with one added, changed or, without ban, taken away.
func (f *banFile) replace(now time.Time, t bootnode.Target, ban *bootnode.Ban) error {
	old, was := f.by[t]
	for _, x := range f.by {
		if !x.Until.IsZero() && !now.Before(x.Until) {
			delete(f.by, x.Target)
		}
	}
	delete(f.by, t)
	if ban != nil {
		if len(f.by) >= bootnode.MaxBans {
			return fmt.Errorf("there are %d bans already: ban prefixes instead of addresses, or take some back", len(f.by))
		}
		f.by[t] = *ban
	}
	file := bansOnDisk{V: 1, Bans: []admin.BanInfo{}}
	for _, x := range f.list(now) {
		file.Bans = append(file.Bans, banInfo(x))
	}
	b, err := json.MarshalIndent(file, "", " ")
	if err == nil {
		err = f.home.Write(bansFile, append(b, '\n'))
	}
	if err != nil {
		delete(f.by, t)
		if was {
			f.by[t] = old
		}
		return fmt.Errorf("the bans cannot be kept: %w", err)
	}
	return nil
}

func banInfo(x bootnode.Ban) admin.BanInfo {
	i := admin.BanInfo{Target: x.Target.String(), Reason: x.Reason}
	if !x.Until.IsZero() {
		until := x.Until.UTC()
		i.Until = &until
	}
	return i
}

func (o *operator) listBans() admin.BansResult {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := admin.BansResult{Bans: []admin.BanInfo{}}
	for _, x := range o.bans.list(time.Now()) {
		r.Bans = append(r.Bans, banInfo(x))
	}
	return r
}

// ban is kick, too: that one is a ban for a short time.
func (o *operator) ban(ctx context.Context, r admin.Request) (any, error) {
	t, err := bootnode.ParseTarget(r.Target)
	if err != nil {
		return nil, admin.Usage("%q is %v", r.Target, err)
	}
	if len(r.Reason) > maxReason {
		return nil, admin.Usage("a reason has at most %d bytes", maxReason)
	}
	now := time.Now()
	x := bootnode.Ban{Target: t, Reason: r.Reason}
	lasts := time.Duration(r.For) * time.Second
	if r.Cmd == admin.Kick && lasts == 0 {
		lasts = defaultKick
	}
	if lasts > 0 {
		x.Until = now.Add(lasts)
	}
	if old, was := o.bans.by[t]; was && r.Cmd == admin.Kick && (old.Until.IsZero() || old.Until.After(x.Until)) {
		x = old // a kick shortens no ban
	}
	if err := o.checkNode(t); err != nil {
		return nil, err
	}
	at, err := o.elsewhere(ctx, t)
	if err != nil {
		return nil, err
	}
	if at != "" && r.Cmd == admin.Kick {
		return nil, fmt.Errorf("%s is at %s, and nothing was changed: say it there; gochat bootnode ban keeps it out here, should it come", t, at)
	}
	if err := o.bans.replace(now, t, &x); err != nil {
		return nil, err
	}
	o.allow()
	ended, err := o.srv.Ban(ctx, x)
	o.log.Info("banned by the operator", "registrations_ended", ended, "until", untilLogged(x))
	return admin.BanResult{BanInfo: banInfo(x), Ended: ended, At: at}, err
}

// untilLogged is the end of a ban as the log has it.
func untilLogged(x bootnode.Ban) string {
	if x.Until.IsZero() {
		return "for good"
	}
	return x.Until.UTC().Format(time.RFC3339)
}

// checkNode refuses to ban a node that this bootnode would not keep out.
func (o *operator) checkNode(t bootnode.Target) error {
	switch {
	case t.Node == crypto.NodeID{}:
		return nil
	case o.linked == nil:
		return errNoNodes
	case t.Node == o.linked.Self():
		return admin.Usage("that is this bootnode's own key")
	}
	return canKeepOut(t.Node, o.linked.Links(), o.cfg.Federation.Allow != "", o.allowed)
}

var errNoNodes = errors.New("no other bootnode may come to this one (--fed-listen, --fed-allow), so there is none to keep out; an uplink is cut by taking --uplink away")

// canKeepOut says why a ban of a node would not keep it out, given the links, and
// the list of those that may come if there is one: what is not let in by it is
// not kept out by it either.
func canKeepOut(node crypto.NodeID, links []bootnode.Link, listed bool, allowed []crypto.NodeID) error {
	linkedBy := func(k bootnode.LinkKind) bool {
		return slices.ContainsFunc(links, func(l bootnode.Link) bool { return l.Node == node && l.Kind == k })
	}
	switch {
	case linkedBy(bootnode.LinkCluster):
		return errors.New("that is a node of this cluster, which lets in whoever has its secret: give the others a new one (--cluster-secret-file) and restart them")
	case slices.Contains(allowed, node):
		return nil
	case linkedBy(bootnode.LinkUplink):
		return errors.New("that is this bootnode's hub: it is cut by taking --uplink away")
	case !listed:
		return errNoNodes
	}
	return errors.New("that node is not on the list of --fed-allow, so it does not come here in any case; if it is seen by way of another bootnode (gochat bootnode peers), only the operator of that one can keep it out")
}

// elsewhere names the bootnode of a session that is at another one; "": it is not,
// as far as is known here.
func (o *operator) elsewhere(ctx context.Context, t bootnode.Target) (at string, err error) {
	if t.Session == (crypto.SessionID{}) {
		return "", nil
	}
	node, err := o.srv.Home(ctx, t.Session)
	if err != nil || node == (crypto.NodeID{}) {
		return "", err
	}
	return nodeWords(node, o.srv.Nodes()), nil
}

// nodeWords is a node by its key, and by its address if that is known.
func nodeWords(node crypto.NodeID, nodes []bootnode.Node) string {
	at := "bootnode " + node.String()
	for _, n := range nodes {
		if n.Node == node && n.Advertised != "" {
			at += " (" + text.Clean(n.Advertised, 256) + ")"
		}
	}
	return at
}

func (o *operator) unban(ctx context.Context, r admin.Request) (any, error) {
	t, err := bootnode.ParseTarget(r.Target)
	if err != nil {
		return nil, admin.Usage("%q is %v", r.Target, err)
	}
	x, was := o.bans.by[t]
	if !was {
		return nil, fmt.Errorf("%s is not banned; gochat bootnode bans lists who is", t)
	}
	if err := o.bans.replace(time.Now(), t, nil); err != nil {
		return nil, err
	}
	o.allow()
	_, err = o.srv.Unban(ctx, t)
	return admin.BanResult{BanInfo: banInfo(x)}, err
}
