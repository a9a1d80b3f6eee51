package pipeline

import "testing"

func TestRollFindsWhateverTheCase(t *testing.T) {
	list := []Recipient{{Address: "Duty@x.example", Name: "first"}, {Address: "b@x.example"}, {Address: "duty@X.example", Name: "second"}}
	r := NewRoll(list)
	if all := r.All(); len(all) != 3 || all[0].Name != "first" {
		t.Errorf("the list is now %v", all)
	}
	for address, want := range map[string]string{"DUTY@x.example": "second", "duty@x.example": "second", "gone@x.example": "", "": ""} {
		if got, ok := r.Find(address); got.Name != want || ok != (want != "") {
			t.Errorf("%q: found %+v, %v", address, got, ok)
		}
	}
	if _, ok := NewRoll(nil).Find("a@x.example"); ok {
		t.Error("somebody is on an empty list")
	}
}
