package bootnode

import (
	"time"

	"gochat/internal/wire"
)

// quota counts what a member sent through the relay in the present period,
// which begins with the first packet after the last one.
type quota struct {
	until time.Duration
	used  int64
}

// take reports whether n bytes more are within the limit, and counts them then.
func (q *quota) take(now time.Duration, period time.Duration, limit int64, n int) bool {
	if limit <= 0 {
		return true
	}
	if now >= q.until {
		*q = quota{until: now + period}
	}
	if q.used+int64(n) > limit {
		return false
	}
	q.used += int64(n)
	return true
}

// noticeEvery is how often a member is told why its packets are dropped.
const noticeEvery = 10 * time.Second

// notice tells a member why its frame was dropped, if that takes fewer bytes
// than came.
func (d *Directory) notice(m *member, came int, code wire.NoticeCode) {
	keep := m.keep()
	if keep.noticed != 0 && d.now < keep.noticed {
		return
	}
	b, _ := wire.SealSession(d.buf, wire.TypeNotice, m.id, d.awake(&m.session), wire.Notice{Code: code}.Append(nil))
	if len(b)-len(d.buf) <= came {
		keep.noticed = d.now + noticeEvery
		d.emit(m.addr, m.path, b)
	}
}
