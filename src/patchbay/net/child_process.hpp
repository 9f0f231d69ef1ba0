// ChildProcess: another program, with its output as streams and its end as something to wait for.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/network_namespace.hpp"
#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

struct ChildOptions {
  std::vector<std::string> command;           // the first is looked for in PATH
  std::vector<std::string> environment = {};  // "NAME=value", on top of this program's
  const NetworkNamespace* inside = nullptr;   // null: where this program is
  std::string hosts_file = {};  // stands in the place of /etc/hosts for it alone; empty: none does
};

// It leads a process group of its own, reads nothing (/dev/null), and is killed when the thread
// that started it ends. Move-only; the destructor kills the group if its leader still runs, and
// waits for that.
class ChildProcess {
 public:
  // Faults: `permission`; `storage` where there is no such program. Needs an engine that adopts
  // descriptors; `inside` and `hosts_file` need CAP_SYS_ADMIN. Where this program ignores SIGCHLD
  // it no longer does.
  static Result<ChildProcess> start(const ChildOptions& options);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  // Its exit code; 128 and the signal's number when one ended it, as a shell counts.
  Task<Result<int>> wait(Deadline deadline = {});
  // Sends a signal to all of the group; after wait() has seen the end of its leader, to nobody.
  void signal(int number) const;

  int id() const { return id_; }
  Stream& output() { return output_; }
  Stream& errors() { return errors_; }

 private:
  ChildProcess(int id, Stream end, Stream output, Stream errors)
      : id_(id), end_(std::move(end)), output_(std::move(output)), errors_(std::move(errors)) {}

  int id_;
  bool ended_ = false;
  int code_ = 0;
  Stream end_;  // a pidfd
  Stream output_;
  Stream errors_;
};

}  // namespace patchbay
