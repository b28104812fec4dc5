package config

import "fmt"

// The settings of the full screen, and of what it tells of its user.

var theme = Option{
	Name: "theme", Env: "THEME", Default: "auto", Arg: "auto|dark|light|mono", Use: ForClient,
	Help:    "colours of the full screen, of the terminal's own 16; auto suits any background, follows COLORFGBG, and is mono where NO_COLOR is set",
	Allowed: "auto, dark, light, mono",
	set:     choice(func(c *Config) *Theme { return &c.Theme }, ThemeAuto, ThemeDark, ThemeLight, ThemeMono),
}

var notify = Option{
	Name: "notify", Env: "NOTIFY", Default: "auto", Arg: "auto|bell|osc9|osc777|off", Use: ForClient,
	Help:    "how the full screen calls you while another window is in front: by the bell, or by a notification if the terminal has them; /bell says for what",
	Allowed: "auto, bell, osc9, osc777, off",
	set:     choice(func(c *Config) *Notify { return &c.Notify }, NotifyAuto, NotifyBell, NotifyOSC9, NotifyOSC777, NotifyOff),
}

var typing = Option{
	Name: "typing", Env: "TYPING", Default: "both", Arg: "both|send|receive|off", Use: ForClient,
	Help:    "who learns that somebody is writing: others of you (send), you of others (receive), both or nobody",
	Allowed: "both, send, receive, off",
	set:     choice(func(c *Config) *Typing { return &c.Typing }, TypingBoth, TypingSend, TypingReceive, TypingOff),
}

// ParseLook takes a theme and a way to call the user that another process names; ""
// is not said.
func ParseLook(themeName, notifyName string) (Theme, Notify, error) {
	var c Config
	for _, x := range []struct {
		option Option
		value  string
	}{{theme, themeName}, {notify, notifyName}} {
		if x.value == "" {
			continue
		}
		if err := x.option.set(&c, x.value); err != nil {
			return "", "", fmt.Errorf("the %s %q is %w; it may be %s", x.option.Name, x.value, err, x.option.Allowed)
		}
	}
	return c.Theme, c.Notify, nil
}
