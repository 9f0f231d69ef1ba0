#include "patchbay/net/child_process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr const char* k_start = "start the program";

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe(int read_flags) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::from_errno(errno, k_start);
  if (read_flags != 0) ::fcntl(ends[0], F_SETFL, read_flags);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

class WaitReadableOp : public Op {
 public:
  using Op::Op;
  Result<> await_resume() const {
    if (!succeeded()) return failure();
    return ok();
  }
};

// All that the child needs, made before the fork: between fork and exec a thread of a program with
// several may not even allocate.
struct Recipe {
  std::vector<char*> words;
  std::vector<char*> environment;
  const char* hosts_file;
  int space;  // a namespace's descriptor, or -1
  int output, errors, nothing;
  pid_t parent;
};

// What kept a child from becoming the program; sent through a pipe.
struct Obstacle {
  bool is_hosts_file;
  int code;
};

bool cover_hosts_file(const char* by) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("", "/", "none", MS_SLAVE | MS_REC, nullptr) == 0 &&
         ::mount(by, "/etc/hosts", "none", MS_BIND, nullptr) == 0;
}

// Returns only when it fails.
Obstacle become(const Recipe& recipe) {
  sigset_t none;
  sigemptyset(&none);
  // What this program blocks and ignores, a program it starts would as well.
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != recipe.parent) ::_exit(1);  // gone before that was set
  if (recipe.space >= 0 && ::setns(recipe.space, CLONE_NEWNET) != 0) return {false, errno};
  if (recipe.hosts_file != nullptr && !cover_hosts_file(recipe.hosts_file)) return {true, errno};
  if (::dup2(recipe.nothing, STDIN_FILENO) < 0 || ::dup2(recipe.output, STDOUT_FILENO) < 0 ||
      ::dup2(recipe.errors, STDERR_FILENO) < 0) {
    return {false, errno};
  }
  ::execvpe(recipe.words[0], recipe.words.data(), recipe.environment.data());
  return {false, errno};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// The name and the "=" of "NAME=value".
std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('=') + 1);
}

std::vector<std::string> environment_with(const std::vector<std::string>& further) {
  std::vector<std::string> variables = further;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const bool is_replaced = std::ranges::any_of(
        further, [&](const std::string& own) { return name_of(own) == name_of(*entry); });
    if (!is_replaced) variables.emplace_back(*entry);
  }
  return variables;
}

Error explain(const Obstacle& obstacle, const std::string& name) {
  const Error error = Error::from_errno(obstacle.code, k_start).about(name);
  if (obstacle.is_hosts_file) {
    return obstacle.code == ENOENT
               ? error.because("there is no /etc/hosts to stand in the place of")
                     .advising("sudo touch /etc/hosts")
               : error;
  }
  if (obstacle.code != ENOENT) return error;
  return Error(Fault::storage, k_start, "there is no such program",
               "install it, or give its whole path")
      .about(name);
}

// Whoever started this program may have made it ignore the end of children (SIGCHLD): the kernel
// would then tell nobody how they ended.
void hear_of_ends() {
  struct sigaction now{};
  if (::sigaction(SIGCHLD, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) {
    ::signal(SIGCHLD, SIG_DFL);
  }
}

// Forks, and returns the id once the other program runs, or why it does not.
Result<pid_t> launch(const Recipe& recipe, const std::string& name) {
  auto fate = make_pipe(0);
  if (!fate) return fate.error();
  const pid_t id = ::fork();
  if (id < 0) return Error::from_errno(errno, k_start).about(name);
  if (id == 0) {
    const Obstacle met = become(recipe);
    [[maybe_unused]] const ssize_t told = ::write(fate->write.get(), &met, sizeof met);
    ::_exit(127);
  }
  fate->write = Descriptor();
  Obstacle met{};
  ssize_t count;
  do {
    count = ::read(fate->read.get(), &met, sizeof met);  // nothing comes when exec closes it
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return id;
  ::waitpid(id, nullptr, 0);
  return explain(met, name);
}

Result<Stream> adopt(Descriptor descriptor) {
  Engine& engine = Loop::current().engine();
  const auto handle = engine.adopt(descriptor.get());
  if (!handle) return handle.error();
  [[maybe_unused]] const int adopted = descriptor.release();
  return Stream(engine, *handle);
}

int code_of(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const ChildOptions& options) {
  if (options.command.empty()) return Error::from_errno(EINVAL, k_start);
  hear_of_ends();
  auto words = options.command;
  auto variables = environment_with(options.environment);
  auto output = make_pipe(O_NONBLOCK);
  if (!output) return output.error();
  auto errors = make_pipe(O_NONBLOCK);
  if (!errors) return errors.error();
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (nothing.get() < 0) return Error::from_errno(errno, k_start);

  const auto id =
      launch({.words = pointers(words),
              .environment = pointers(variables),
              .hosts_file = options.hosts_file.empty() ? nullptr : options.hosts_file.c_str(),
              .space = options.inside == nullptr ? -1 : options.inside->descriptor(),
              .output = output->write.get(),
              .errors = errors->write.get(),
              .nothing = nothing.get(),
              .parent = ::getpid()},
             words[0]);
  if (!id) return id.error();
  auto end = adopt(Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, *id, 0))));
  auto out = adopt(std::move(output->read));
  auto err = adopt(std::move(errors->read));
  if (end && out && err) {
    return ChildProcess(*id, std::move(*end), std::move(*out), std::move(*err));
  }
  ::kill(-*id, SIGKILL);
  ::waitpid(*id, nullptr, 0);
  return !end ? end.error() : !out ? out.error() : err.error();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      ended_(other.ended_),
      code_(other.code_),
      end_(std::move(other.end_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {}

ChildProcess::~ChildProcess() {
  if (id_ < 0 || ended_) return;
  signal(SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

// Not after its end: its id may be another's by then.
void ChildProcess::signal(int number) const {
  if (!ended_) ::kill(-id_, number);
}

Task<Result<int>> ChildProcess::wait(Deadline deadline) {
  while (!ended_) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG) != 0) {
      co_return Error::from_errno(errno, "wait for the program");
    }
    if (info.si_pid == id_) {
      ended_ = true;
      code_ = code_of(info);
      break;
    }
    const auto woken =
        co_await WaitReadableOp(OpKind::wait_readable, &end_.port(), end_.handle(), deadline);
    if (!woken) co_return woken.error();
  }
  co_return code_;
}

}  // namespace patchbay
