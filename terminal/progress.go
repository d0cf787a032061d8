package terminal

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long a command may take before it shows what it works on.
const patience = time.Second

// clearLine puts the cursor to the first column and clears the line.
const clearLine = "\r\x1b[K"

// Progress shows on a terminal what a command works on. It shows nothing elsewhere, and nothing of work that is done within
// a second. A nil one shows nothing.
type Progress struct {
	out     io.Writer
	screen  Screen
	plain   bool // a terminal that cannot clear a line gets one line, once
	started time.Time

	mu      sync.Mutex
	stop    chan struct{} // of the stage that runs
	stopped sync.WaitGroup
	once    bool // the plain line was written

	done, total           atomic.Int64
	since                 atomic.Int64 // when bytes were first counted in this stage, in nanoseconds; 0 where none were
	asked, answers, bytes atomic.Int64
}

// NewProgress begins to count the time; nil where the output is no terminal.
func NewProgress(out io.Writer) *Progress {
	screen := Of(out)
	if !screen.Terminal {
		return nil
	}
	return &Progress{out: out, screen: screen, plain: dumb(), started: time.Now()}
}

// Begin shows a stage of the work until the function that it returns is called, which clears the line. A stage within a
// stage is not shown.
func (p *Progress) Begin(stage string) (end func()) { return p.begin(stage, false) }

// Ask is Begin for work of a server. It is shown from the first request on: a login may ask for a password before it.
func (p *Progress) Ask(stage string) (end func()) { return p.begin(stage, true) }

func (p *Progress) begin(stage string, server bool) (end func()) {
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		return func() {}
	}
	p.stop = make(chan struct{})
	p.done.Store(0)
	p.total.Store(0)
	p.since.Store(0)
	p.stopped.Add(1)
	go p.run(stage, server, p.stop)
	return p.end
}

func (p *Progress) end() {
	p.mu.Lock()
	stop := p.stop
	p.stop = nil
	p.mu.Unlock()
	if stop != nil {
		close(stop)
		p.stopped.Wait()
	}
}

// Count says how much of a stage is done.
func (p *Progress) Count(done, total int) {
	if p != nil {
		p.done.Store(int64(done))
		p.total.Store(int64(total))
	}
}

// Bytes says how many bytes of a stage are read, and of how many; 0 where that is not known.
func (p *Progress) Bytes(done, total int64) {
	if p != nil {
		p.since.CompareAndSwap(0, time.Now().UnixNano())
		p.done.Store(done)
		p.total.Store(total)
	}
}

// rate words how much is read, how fast, and how long the rest takes at that speed.
func rate(done, total int64, took time.Duration) string {
	const mib = 1 << 20
	text := fmt.Sprintf("%d MiB", done/mib)
	if total > 0 {
		text = fmt.Sprintf("%d of %d MiB", done/mib, total/mib)
	}
	if took < time.Second || done <= 0 {
		return text
	}
	speed := float64(done) / took.Seconds()
	text += fmt.Sprintf(", %.3g MiB/s", speed/mib)
	if total > done {
		left := time.Duration(float64(total-done) / speed * float64(time.Second))
		text += ", " + left.Round(time.Second).String() + " left"
	}
	return text
}

func (p *Progress) run(stage string, server bool, stop <-chan struct{}) {
	defer p.stopped.Done()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	written := false
	for turn := 0; ; turn++ {
		select {
		case <-stop:
			if written {
				io.WriteString(p.out, clearLine)
			}
			return
		case <-tick.C:
		}
		switch {
		case time.Since(p.started) < patience, server && p.asked.Load() == 0, p.plain && p.once:
		case p.plain:
			p.once = true
			io.WriteString(p.out, p.text(stage, server)+"\n")
		default:
			written = true
			io.WriteString(p.out, clearLine+p.line(turn, p.text(stage, server)))
		}
	}
}

// line is shorter than the terminal is wide, so that it can be cleared.
func (p *Progress) line(turn int, text string) string {
	signs := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	if p.screen.ASCII {
		signs = []rune(`|/-\`)
	}
	text = fmt.Sprintf("%c %s, %d s", signs[turn%len(signs)], text, int(time.Since(p.started).Seconds()))
	if width := p.screen.Width; width > 1 && len([]rune(text)) >= width {
		text = string([]rune(text)[:width-1])
	}
	return text
}

func (p *Progress) text(stage string, server bool) string {
	switch since := p.since.Load(); {
	case since != 0:
		return stage + ": " + rate(p.done.Load(), p.total.Load(), time.Since(time.Unix(0, since)))
	case p.total.Load() > 0:
		return fmt.Sprintf("%s: %d of %d", stage, p.done.Load(), p.total.Load())
	case server && p.answers.Load() > 0:
		return fmt.Sprintf("%s: %d answers, %.1f MiB", stage, p.answers.Load(), float64(p.bytes.Load())/(1<<20))
	}
	return stage
}

// Transport counts the answers of a server and their bytes.
func (p *Progress) Transport(next http.RoundTripper) http.RoundTripper {
	if p == nil {
		return next
	}
	return &counted{next, p}
}

type counted struct {
	http.RoundTripper
	progress *Progress
}

func (c *counted) RoundTrip(request *http.Request) (*http.Response, error) {
	c.progress.asked.Add(1)
	answer, err := c.RoundTripper.RoundTrip(request)
	if err == nil {
		c.progress.answers.Add(1)
		answer.Body = &countedBody{answer.Body, &c.progress.bytes}
	}
	return answer, err
}

// WrappedRoundTripper is what client-go asks for the transport within.
func (c *counted) WrappedRoundTripper() http.RoundTripper { return c.RoundTripper }

type countedBody struct {
	io.ReadCloser
	bytes *atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes.Add(int64(n))
	return n, err
}
