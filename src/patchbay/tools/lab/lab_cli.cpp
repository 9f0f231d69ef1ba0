#include "patchbay/tools/lab/lab_cli.hpp"

namespace patchbay {

void declare_lab(Command& patchbay) {
  Command& lab = patchbay.group("lab", "a network to try things on");
  lab.example("patchbay lab link left right --delay 50ms --loss 1%",
              "two namespaces, one bad link between them");
  lab.example("patchbay lab run wan.toml", "hosts, links and programs from a file");
  declare_lab_link(lab);
  declare_lab_run(lab);
}

}  // namespace patchbay
