package dashboards

import (
	"encoding/json"
	"strings"
)

// schemaVersion of Grafana's dashboards that these are written in. Later Grafanas bring it up to theirs.
const schemaVersion = 39

// Grid of Grafana: the width of a row, and the size of panels in it.
const (
	gridWidth    = 24
	graphWidth   = gridWidth / 2
	graphHeight  = 8
	numberHeight = 4
)

// Types of Grafana's model, with the fields that are used. Its schema: github.com/grafana/grafana-foundation-sdk.
type (
	ref struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	grid struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}
	target struct {
		RefID        string `json:"refId"`
		Datasource   ref    `json:"datasource"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat,omitempty"`
		Range        bool   `json:"range"`
	}
	panel struct {
		ID          int            `json:"id"`
		Type        string         `json:"type"`
		Title       string         `json:"title"`
		Description string         `json:"description,omitempty"`
		Datasource  *ref           `json:"datasource,omitempty"`
		GridPos     grid           `json:"gridPos"`
		Targets     []target       `json:"targets,omitempty"`
		FieldConfig map[string]any `json:"fieldConfig,omitempty"`
		Options     map[string]any `json:"options,omitempty"`
		Collapsed   *bool          `json:"collapsed,omitempty"`
		Panels      *[]panel       `json:"panels,omitempty"`
	}
)

func source() ref { return ref{"prometheus", "${datasource}"} }

// UID is the dashboard's name in links, the same in every Grafana.
func (d *Dashboard) UID() string { return "kubectl-spark-" + d.Name }

// JSON is the dashboard as Grafana reads it.
func (d *Dashboard) JSON() ([]byte, error) {
	var out strings.Builder
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false) // expressions compare
	err := to.Encode(map[string]any{
		"uid": d.UID(), "title": d.Title, "description": d.Description, "tags": []string{"spark", "kubectl-spark"},
		"schemaVersion": schemaVersion, "editable": true, "graphTooltip": 1, "refresh": "30s",
		"time":        map[string]string{"from": "now-3h", "to": "now"},
		"links":       []any{map[string]any{"title": "Spark", "type": "dashboards", "tags": []string{"kubectl-spark"}, "asDropdown": true, "includeVars": true, "keepTime": true, "icon": "external link", "targetBlank": false, "tooltip": ""}},
		"templating":  map[string]any{"list": d.variables()},
		"annotations": map[string]any{"list": []any{}},
		"panels":      d.panels(),
	})
	return []byte(strings.TrimSuffix(out.String(), "\n")), err
}

func (d *Dashboard) variables() []any {
	out := []any{map[string]any{"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}}
	selects := func(name, label, metric string) {
		query := "label_values(" + metric + ", " + label + ")"
		out = append(out, map[string]any{"name": name, "label": map[string]string{"namespace": "Namespace", "application": "Application"}[name], "type": "query", "datasource": source(),
			"query": map[string]string{"query": query, "refId": name}, "definition": query, "refresh": 2, "sort": 1, "multi": true, "includeAll": true, "allValue": ".*",
			"current": map[string]any{"text": []string{"All"}, "value": []string{"$__all"}}})
	}
	selects("namespace", "namespace", d.Of)
	if d.Application {
		selects("application", "application_name", d.Of+`{namespace=~"$namespace"}`)
	}
	return out
}

// panels lays the rows out from the top: numbers share a line, graphs stand two in a line.
func (d *Dashboard) panels() []panel {
	var out []panel
	y, open := 0, false
	for _, row := range d.Rows {
		out = append(out, panel{ID: len(out) + 1, Type: "row", Title: row.Title, GridPos: grid{1, gridWidth, 0, y}, Collapsed: &open, Panels: &[]panel{}})
		y++
		x, high := 0, 0
		for _, p := range row.Panels {
			width, height := graphWidth, graphHeight
			if p.Number != "" {
				width, height = gridWidth/max(len(row.Panels), 1), numberHeight
			}
			if x+width > gridWidth {
				x, y = 0, y+high
			}
			out = append(out, p.panel(len(out)+1, grid{height, width, x, y}))
			x, high = x+width, height
		}
		y += high
	}
	return out
}

func (p *Panel) panel(id int, at grid) panel {
	from := source()
	custom := map[string]any{"drawStyle": "line", "fillOpacity": 10, "lineWidth": 1, "showPoints": "never", "spanNulls": false}
	out := panel{ID: id, Type: "timeseries", Title: p.Title, Description: p.Description, Datasource: &from, GridPos: at,
		FieldConfig: map[string]any{"defaults": map[string]any{"unit": p.Unit, "min": 0, "custom": custom}, "overrides": []any{}},
		Options: map[string]any{
			"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []string{}},
			"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
		}}
	lines := p.Lines
	if p.Number != "" {
		lines = []Line{{Expr: p.Number}}
		out.Type = "stat"
		out.FieldConfig = map[string]any{"defaults": map[string]any{"unit": p.Unit}, "overrides": []any{}}
		out.Options = map[string]any{
			"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
			"colorMode":     "none", "graphMode": "area", "justifyMode": "auto", "orientation": "auto", "textMode": "auto", "wideLayout": true,
			"showPercentChange": false, "percentChangeColorMode": "standard",
		}
	}
	for i, q := range lines {
		out.Targets = append(out.Targets, target{RefID: string(rune('A' + i)), Datasource: from, Expr: q.Expr, LegendFormat: q.Legend, Range: true})
	}
	return out
}
