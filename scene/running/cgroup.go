package running

import (
	"bufio"
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/tuner/live"
)

// script prints the files of a container's cgroup, of version 2 or 1, those of CPU twice with some seconds between. It only reads.
const script = `cd /sys/fs/cgroup || exit 1
if [ -r memory.current ]; then cpu="cpu.stat" memory="memory.current memory.stat memory.events memory.peak"
elif [ -r memory/memory.usage_in_bytes ]; then cpu="cpu/cpu.stat cpuacct/cpuacct.usage" memory="memory/memory.usage_in_bytes memory/memory.stat memory/memory.oom_control memory/memory.max_usage_in_bytes"
else echo "the cgroup of the container is not mounted" >&2; exit 1; fi
show() { for f in "$@"; do [ -r "$f" ] && echo "# ${f##*/}" && cat "$f"; done; }
clock() { echo "# uptime"; cat /proc/uptime; }
clock; show $cpu; sleep 5; clock; show $cpu $memory; true`

// A key of a file is its name, with the name of the line where it has several. Of each amount the first key that is there counts.
var (
	keysCPU       = []string{"cpu.stat usage_usec", "cpuacct.usage"} // in millionths and billionths of a second
	keyPeriods    = "cpu.stat nr_periods"
	keyThrottled  = "cpu.stat nr_throttled"
	keysMemory    = []string{"memory.current", "memory.usage_in_bytes"}
	keysPeak      = []string{"memory.peak", "memory.max_usage_in_bytes"}
	keysPageCache = []string{"memory.stat total_cache", "memory.stat file"}
	keysInMemory  = []string{"memory.stat total_shmem", "memory.stat shmem"} // version 1 has both, the second without what is below the container
	keysKills     = []string{"memory.events oom_kill", "memory.oom_control oom_kill"}
)

// What a container prints is its own word. No container uses as much, in bytes or microseconds, and in thousandths of a processor.
const (
	maxAmount = 1 << 50
	maxCPU    = 10_000_000
)

// sample is what was read at a time.
type sample map[string]int64

func (s sample) of(keys []string) int64 {
	for _, key := range keys {
		if n, has := s[key]; has {
			return n
		}
	}
	return 0
}

// cpu is the time on processors since the container started, in microseconds.
func (s sample) cpu() int64 {
	if n, has := s[keysCPU[0]]; has {
		return n
	}
	return s[keysCPU[1]] / 1000
}

// readCgroup reads what script printed of a container that has run for so long.
func readCgroup(out []byte, ran time.Duration, u *live.Use) error {
	samples := parse(out)
	if len(samples) != 2 || samples[1].of(keysMemory) == 0 || samples[1].cpu() == 0 || samples[1]["uptime"] <= samples[0]["uptime"] {
		return errors.New("its cgroup files are not complete")
	}
	first, last := samples[0], samples[1]
	micros := last["uptime"] - first["uptime"]
	if cpu := perMille(max(last.cpu()-first.cpu(), 0), micros); micros < int64(time.Second/time.Microsecond) || cpu > maxCPU || perMille(last.cpu(), max(ran.Microseconds(), micros)) > maxCPU {
		return errors.New("its cgroup files hold impossible amounts")
	}
	u.Cgroup = true
	u.CPUSample = perMille(max(last.cpu()-first.cpu(), 0), micros)
	u.CPUMean = perMille(last.cpu(), max(ran.Microseconds(), micros))
	u.Periods, u.Throttled = max(last[keyPeriods]-first[keyPeriods], 0), max(last[keyThrottled]-first[keyThrottled], 0)
	// Files in memory count as page cache, too, but cannot be dropped.
	u.Held = max(last.of(keysMemory)-max(last.of(keysPageCache)-last.of(keysInMemory), 0), 0)
	u.Peak, u.OOMKills = last.of(keysPeak), last.of(keysKills)
	return nil
}

// parse reads the samples. What is no amount is left out.
func parse(out []byte) (samples []sample) {
	file := ""
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		name, is := strings.CutPrefix(lines.Text(), "# ")
		if is {
			if file = name; file == "uptime" {
				samples = append(samples, sample{})
			}
			continue
		}
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || len(samples) == 0 {
			continue
		}
		at := samples[len(samples)-1]
		if file == "uptime" { // seconds since the node started, with hundredths
			if seconds, err := strconv.ParseFloat(fields[0], 64); err == nil && seconds > 0 && seconds < 1e12 {
				at[file] = int64(seconds * 1e6)
			}
			continue
		}
		key := file
		if len(fields) > 1 {
			key += " " + fields[0]
		}
		most := int64(maxAmount)
		if key == keysCPU[1] { // billionths
			most = 1 << 60
		}
		if n, err := strconv.ParseInt(fields[len(fields)-1], 10, 64); err == nil && n >= 0 && n < most {
			at[key] = n
		}
	}
	return samples
}

// perMille is time on processors by time, in thousandths of one.
func perMille(used, by int64) int64 { return int64(float64(used) / float64(max(by, 1)) * 1000) }
