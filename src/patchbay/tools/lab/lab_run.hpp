// LabRun: the programs of a lab, from the start of the first to the end of the last.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/child_process.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/tools/lab/lab_file.hpp"
#include "patchbay/tools/lab/lab_net.hpp"

namespace patchbay {

// What a run tells while it goes on.
class LabRunEvents {
 public:
  virtual ~LabRunEvents() = default;
  virtual void started(const LabFileProgram& program, int id) = 0;
  // One line of a program's output, as it came; at most k_longest_line of it. False: nobody reads
  // them any more, and the run is to end.
  virtual bool line(const LabFileProgram& program, bool is_error, std::string_view text) = 0;
  // A shell's code. `asked` when the run ended it.
  virtual void ended(const LabFileProgram& program, int code, bool asked) = 0;
};

inline constexpr std::size_t k_longest_line = 4096;

struct LabRunResult {
  std::size_t succeeded = 0;  // programs that ended by themselves
  std::size_t failed = 0;     // … with another code than 0
  Result<> fault;             // what kept the run from going on
  bool stopped = false;       // by stop()
};

class LabRun {
 public:
  // All of it is borrowed.
  LabRun(const LabFile& file, LabNet& net, const LabBook& book, LabRunEvents& events);

  // Starts the programs in the order of the file, each after the one before is ready, and carries
  // packets until those that are not in the background have ended, or stop() is called. Without
  // such programs until stop(). Ends the rest: they are asked first, killed later.
  Task<> run();
  // Ctrl-C: the programs get the same signal.
  void stop();

  Event& ended() { return ended_; }
  const LabRunResult& result() const { return result_; }

 private:
  struct Program {
    const LabFileProgram& plan;
    ChildProcess child;
    bool ready = false;
    bool ended = false;
    bool asked = false;
  };

  static Task<> start_and_end(TaskGroup& group, LabRun& run);
  Task<> carry();
  Task<> watch(Program& program);
  Task<Result<>> read_lines(Program& program, bool is_error);
  Task<Result<>> outlast(Program& program);
  void tell_lines(Program& program, bool is_error, std::string& kept, bool is_last);
  Result<Program*> start(const LabFileProgram& plan);
  Task<Result<>> start_all(TaskGroup& group);
  Task<> end_all();
  Task<Result<>> until(std::function<bool()> holds, Deadline deadline);
  bool is_done() const;
  void signal_all(int number);
  void finish(Program& program, int code);

  const LabFile& file_;
  LabNet& net_;
  const LabBook& book_;
  LabRunEvents& events_;
  std::vector<std::unique_ptr<Program>> programs_;
  Event changed_;
  Event ended_;
  LabRunResult result_;
};

}  // namespace patchbay
