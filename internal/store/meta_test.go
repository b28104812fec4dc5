package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestMetaOfTheDatabase(t *testing.T) {
	path := dbPath(t)
	db := open(t, path, Options{})
	r := openRoom(t, db, testRoom)
	for key, value := range map[string]string{"a/2": "two", "a/1": "one", "b": "other", "a%": "percent"} {
		if err := db.SetMeta(key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.SetMeta("a/3", []byte("the room's")); err != nil {
		t.Fatal(err)
	}
	collect := func(prefix string) (got []string) {
		t.Helper()
		if err := db.EachMeta(prefix, func(k string, v []byte) error {
			got = append(got, fmt.Sprintf("%s=%s", k, v))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := collect("a/"); !slices.Equal(got, []string{"a/1=one", "a/2=two"}) {
		t.Error(got)
	}
	if got := collect("a%"); !slices.Equal(got, []string{"a%=percent"}) {
		t.Error(got)
	}
	if err := db.SetMeta("a/1", nil); err != nil {
		t.Fatal(err)
	}
	if v, err := db.Meta("a/1"); v != nil || err != nil {
		t.Error(v, err)
	}
	stop := errors.New("stop")
	if err := db.EachMeta("", func(string, []byte) error { return stop }); err != stop {
		t.Error(err)
	}
	if v, err := r.Meta("a/3"); string(v) != "the room's" || err != nil {
		t.Error(v, err)
	}
}
