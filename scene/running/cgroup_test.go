package running

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/tuner/live"
)

// versionOne is what a kernel 6.18 with cgroup v1 printed, with other numbers.
const versionOne = `# uptime
1426.78 511.89
# cpu.stat
nr_periods 900
nr_throttled 100
throttled_time 500
nr_bursts 0
burst_time 0
# cpuacct.usage
600000000000
# uptime
1431.78 511.93
# cpu.stat
nr_periods 950
nr_throttled 130
throttled_time 900
nr_bursts 0
burst_time 0
# cpuacct.usage
605000000000
# memory.usage_in_bytes
1500000000
# memory.stat
cache 12247040
rss 15056896
shmem 9068544
total_cache 400000000
total_rss 1000000000
total_shmem 100000000
# memory.oom_control
oom_kill_disable 0
under_oom 0
oom_kill 2
# memory.max_usage_in_bytes
1600000000
`

const versionTwo = `# uptime
1426.78 511.89
# cpu.stat
usage_usec 600000000
user_usec 1
system_usec 1
nr_periods 900
nr_throttled 100
throttled_usec 5
# uptime
1431.78 511.93
# cpu.stat
usage_usec 605000000
user_usec 1
system_usec 1
nr_periods 950
nr_throttled 130
throttled_usec 9
# memory.current
1500000000
# memory.stat
anon 1000000000
file 400000000
shmem 100000000
inactive_file 7
# memory.events
low 0
max 9
oom 3
oom_kill 2
oom_group_kill 0
# memory.peak
1600000000
`

func TestReadCgroup(t *testing.T) {
	want := live.Use{Cgroup: true, CPUSample: 1000, CPUMean: 1008, Periods: 50, Throttled: 30, Held: 1200000000, Peak: 1600000000, OOMKills: 2}
	for version, text := range map[string]string{"1": versionOne, "2": versionTwo} {
		var u live.Use
		if err := readCgroup([]byte(text), 10*time.Minute, &u); err != nil || u != want {
			t.Errorf("version %s: %+v, %v", version, u, err)
		}
	}
	var u live.Use
	huge := strings.NewReplacer("1600000000", "1152921504606846975", "oom_kill 2", "oom_kill -7").Replace(versionTwo)
	if err := readCgroup([]byte(huge), 10*time.Minute, &u); err != nil || u.Peak != 0 || u.OOMKills != 0 {
		t.Errorf("what is no amount: %+v, %v", u, err)
	}
	u = live.Use{}
	if err := readCgroup([]byte(strings.Split(versionTwo, "# memory.peak")[0]), 10*time.Minute, &u); err != nil || u.Peak != 0 || u.Held != want.Held {
		t.Errorf("a kernel without memory.peak: %+v, %v", u, err)
	}
	for _, text := range []string{strings.Replace(versionTwo, "usage_usec 605000000", "usage_usec 999999999999999", 1), strings.Replace(versionTwo, "1431.78", "1426.79", 1), "", "# uptime\n", strings.Split(versionTwo, "# memory.current")[0], "# memory.current\n5\n" + versionTwo[:200], strings.Repeat("# uptime\n9\n", 1000),
		"# uptime\n1\n# cpu.stat\nusage_usec -5\n# uptime\n9999999999999999999\n# cpu.stat\nusage_usec x\n# memory.current\n99999999999999999999999\n"} {
		if err := readCgroup([]byte(text), time.Minute, &u); err == nil {
			t.Errorf("%.60q was read", text)
		}
	}
}
