package e2e

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
)

// TestImagesOfOtherUsers: an image that names its user without a number, as the official images do, and one whose user has no entry in /etc/passwd.
// Under Pod Security "restricted" the webhook gives the number of each, and their jobs end as those of other images.
func TestImagesOfOtherUsers(t *testing.T) {
	onNode(t)
	if quick() {
		t.Fatal("nothing can be shown: a quick run has no such images; run it without KUBECTL_SPARK_E2E_QUICK")
	}
	withWebhook(t, true)
	const namespace = "users"
	makeNamespace(t, namespace, map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}, map[string]string{rule.Prefix + "profile": "restricted"})
	for _, version := range versions() {
		for _, user := range users() {
			if user.Tag == "" {
				continue // TestJobs runs it
			}
			t.Run(version+user.Tag, func(t *testing.T) {
				t.Parallel()
				j := workloads()[0].job(version, namespace)
				j.name += user.Tag
				j.conf = map[string]string{"spark.kubernetes.container.image": image.Repository + ":" + version + user.Tag}
				o := j.run(t, patience)
				ends(t, o, "RESULT pi 3.14132")
				for _, pod := range append(o.executors(), o.driver) {
					c := pod.Spec.Containers[0].SecurityContext
					if c == nil || c.RunAsUser == nil || *c.RunAsUser != user.UID || c.RunAsNonRoot == nil || !*c.RunAsNonRoot {
						t.Errorf("%s: %+v, want user %d", pod.Name, c, user.UID)
					}
					if jvms, _ := o.of(pod); len(jvms) != 1 || int64(jvms[0].UID) != user.UID {
						t.Errorf("%s: its JVMs are %+v, want one of user %d", pod.Name, jvms, user.UID)
					}
				}
			})
		}
	}
}
