package neighbour

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// rights are the roles and who has them. A role of the cluster has no namespace.
type rights struct {
	roles    map[Ref][]rbacv1.PolicyRule
	bindings map[string][]binding // by the namespace that they hold in; "" for all
}

type binding struct {
	kind, name string
	role       Ref
	subjects   []rbacv1.Subject
}

func newRights() rights {
	return rights{roles: map[Ref][]rbacv1.PolicyRule{}, bindings: map[string][]binding{}}
}

// addRole takes a Role or a ClusterRole in: they have the same fields.
func (r *rights) addRole(role *rbacv1.Role) {
	r.roles[Ref{role.Namespace, role.Name}] = role.Rules
}

// addBinding takes a binding of the kind in: RoleBinding or ClusterRoleBinding, which have the same fields.
func (r *rights) addBinding(kind string) func(*rbacv1.RoleBinding) {
	return func(b *rbacv1.RoleBinding) {
		role := Ref{b.Namespace, b.RoleRef.Name}
		if b.RoleRef.Kind == "ClusterRole" {
			role.Namespace = ""
		}
		r.bindings[b.Namespace] = append(r.bindings[b.Namespace], binding{kind, b.Name, role, b.Subjects})
	}
}

// Rights answers what a ServiceAccount may do in its namespace. Its zero value knows nothing.
type Rights struct {
	set                *Set
	namespace, account string
}

// Account is the account's name.
func (r Rights) Account() string { return r.account }

// Namespace is that of the account.
func (r Rights) Namespace() string { return r.namespace }

// Of is the answer for another account of the namespace.
func (r Rights) Of(account string) Rights { return Rights{r.set, r.namespace, account} }

// Giver is a binding that gives an account rights.
type Giver struct {
	Kind, Name string // RoleBinding, or ClusterRoleBinding for the rights in all namespaces
	Role       string
	Group      bool // it names the account by a group that it is in only
}

// Givers are the bindings that give the account a right, each once.
func (r Rights) Givers(right Right) (all []Giver) {
	if r.set == nil {
		return nil
	}
	for _, namespace := range [...]string{r.namespace, ""} {
		for _, b := range r.set.rights.bindings[namespace] {
			if !b.names(r.namespace, r.account) {
				continue
			}
			if rules, _ := r.rulesOf(b.role); !allows(rules, right) {
				continue
			}
			alone := slices.ContainsFunc(b.subjects, func(s rbacv1.Subject) bool {
				return s.Kind != rbacv1.GroupKind && (&binding{subjects: []rbacv1.Subject{s}}).names(r.namespace, r.account)
			})
			all = append(all, Giver{b.kind, b.name, b.role.Name, !alone})
		}
	}
	return all
}

// Right is one thing that an account may do.
type Right struct{ Verb, Group, Resource string }

// May says whether the account has a right for every object of the resource in its namespace.
func (r Rights) May(right Right) spark.Answer {
	if r.set == nil {
		return spark.Unknown
	}
	named, complete := false, true
	for _, namespace := range [...]string{r.namespace, ""} {
		for _, b := range r.set.rights.bindings[namespace] {
			if !b.names(r.namespace, r.account) {
				continue
			}
			named = true
			rules, known := r.rulesOf(b.role)
			if allows(rules, right) {
				return spark.Yes
			}
			complete = complete && known
		}
	}
	if !complete || !r.seen(named) {
		return spark.Unknown
	}
	return spark.No
}

// seen says whether the bindings that were read are all that the account has. Files that bind an account are taken to
// bind it for all that it is meant to do; files that do not leave that to others.
func (r Rights) seen(named bool) bool {
	s := r.set
	if s.whole("RoleBinding", r.namespace) && s.whole("ClusterRoleBinding", "") {
		return true
	}
	return len(s.read) == 0 && named && s.cut("RoleBinding", r.namespace) == "" && s.cut("ClusterRoleBinding", "") == ""
}

// names says whether the binding speaks of an account, by itself or by a group that it is in.
func (b *binding) names(namespace, account string) bool {
	return slices.ContainsFunc(b.subjects, func(s rbacv1.Subject) bool {
		switch s.Kind {
		case rbacv1.ServiceAccountKind:
			return s.Namespace == namespace && s.Name == account
		case rbacv1.UserKind:
			return s.Name == "system:serviceaccount:"+namespace+":"+account
		case rbacv1.GroupKind:
			return s.Name == "system:serviceaccounts" || s.Name == "system:serviceaccounts:"+namespace || s.Name == "system:authenticated"
		}
		return false
	})
}

// rulesOf are the rules of a role; known is false where it was not read and is none that every cluster has.
func (r Rights) rulesOf(role Ref) (rules []rbacv1.PolicyRule, known bool) {
	if rules, known = r.set.rights.roles[role]; known {
		return rules, true
	}
	if role.Namespace != "" {
		return nil, r.set.whole("Role", role.Namespace)
	}
	rules = builtIn(role.Name)
	return rules, rules != nil || r.set.whole("ClusterRole", "")
}

// builtIn is what Kubernetes' own user-facing roles say of the resources that Spark uses.
func builtIn(name string) []rbacv1.PolicyRule {
	all := []string{rbacv1.VerbAll}
	read := []string{"get", "list", "watch"}
	write := append([]string{"create", "delete", "deletecollection", "patch", "update"}, read...)
	switch name {
	case "cluster-admin":
		return []rbacv1.PolicyRule{{Verbs: all, APIGroups: all, Resources: all}}
	case "admin", "edit":
		return []rbacv1.PolicyRule{
			{Verbs: write, APIGroups: []string{""}, Resources: []string{"pods", "services", "configmaps", "persistentvolumeclaims", "secrets"}},
			{Verbs: write, APIGroups: []string{"networking.k8s.io"}, Resources: []string{"networkpolicies"}},
			{Verbs: read, APIGroups: []string{""}, Resources: []string{"pods/log", "events"}},
		}
	case "view":
		return []rbacv1.PolicyRule{
			{Verbs: read, APIGroups: []string{""}, Resources: []string{"pods", "pods/log", "services", "configmaps", "persistentvolumeclaims", "events"}},
			{Verbs: read, APIGroups: []string{"networking.k8s.io"}, Resources: []string{"networkpolicies"}},
		}
	}
	return nil
}

func allows(rules []rbacv1.PolicyRule, right Right) bool {
	holds := func(list []string, one string) bool {
		return slices.Contains(list, one) || slices.Contains(list, rbacv1.VerbAll)
	}
	return slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool {
		return len(r.ResourceNames) == 0 && holds(r.Verbs, right.Verb) && holds(r.APIGroups, right.Group) && holds(r.Resources, right.Resource)
	})
}
