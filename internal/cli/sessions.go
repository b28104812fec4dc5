package cli

import (
	"context"
	"fmt"
	"io"

	"gochat/bootnode"
	"gochat/internal/admin"
	"gochat/internal/text"
)

// rooms lists the largest rooms, or one and who is in it.
func (o *operator) rooms(ctx context.Context, name string) (r admin.RoomsResult, err error) {
	r.Rooms = []admin.Room{}
	add := func(x bootnode.RoomInfo) {
		r.Rooms = append(r.Rooms, admin.Room{Tag: bootnode.RoomName(x.Tag), Members: x.Members, Present: x.Present, Opened: x.Opened.UTC(), Relayed: x.Relayed})
	}
	if name == "" {
		list, total, err := o.srv.RoomList(ctx, mostRooms)
		for _, x := range list {
			add(x)
		}
		r.Total = total
		return r, err
	}
	x, list, err := o.srv.Sessions(ctx, name, mostSessions)
	if err != nil {
		return r, usage(err)
	}
	add(x)
	r.Total = 1
	for _, s := range list {
		row := admin.Session{Session: bootnode.Target{Session: s.Session}.String(), Via: admin.ViaUDP, Guest: s.Guest}
		if !s.Since.IsZero() {
			row.Since = s.Since.UTC()
		}
		switch {
		case s.Node != bootnode.NodeID{}:
			row.Via, row.Node = admin.ViaNode, s.Node.String()
		case s.Stream:
			row.Via = admin.ViaTCP
		}
		r.Sessions = append(r.Sessions, row)
	}
	return r, nil
}

// printRooms shows rooms, or who is in the one that was asked for.
func printRooms(t io.Writer, s admin.RoomsResult, asked string) {
	fmt.Fprintln(t, "TAG\tHERE\tPRESENT\tAGE\tRELAYED")
	for _, x := range s.Rooms {
		fmt.Fprintf(t, "%s\t%d\t%d\t%v\t%s\n", text.Clean(x.Tag, 64), x.Members, x.Present, age(x.Opened), size(x.Relayed))
	}
	if n := s.Total - len(s.Rooms); n > 0 {
		fmt.Fprintf(t, "and %d smaller ones\n", n)
	}
	if asked == "" || len(s.Rooms) != 1 {
		return
	}
	fmt.Fprintln(t, "\nSESSION\tVIA\tSINCE\tINVITATION")
	for _, x := range s.Sessions {
		via, since, guest := x.Via, "-", "-"
		if x.Node != "" {
			via = "bootnode " + x.Node
		}
		if !x.Since.IsZero() {
			since = until(&x.Since)
		}
		if x.Guest != "" {
			guest = x.Guest
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", text.Clean(x.Session, 64), text.Clean(via, 128), since, oneLine(guest))
	}
	if n := s.Rooms[0].Present - len(s.Sessions); n > 0 {
		fmt.Fprintf(t, "and %d more\n", n)
	}
}
