#include "patchbay/cli/sample_tree.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "patchbay/tools/output.hpp"

namespace patchbay {
namespace {

int run_serve(const SampleFlags& flags, Output& out) {
  out.emit(Record("flags").text("listen", flags.listen).count("max_clients", flags.max_clients),
           fmt::format("listen={}\nreply={}\nservice={}\nmax_clients={}\nidle_us={}\nbuffer={}\n"
                       "allow={}\nonce={}\nhex={}\nverbose={}",
                       flags.listen, flags.reply.value_or("none"), flags.service.value_or("none"),
                       flags.max_clients, flags.idle / 1us, flags.buffer,
                       fmt::join(flags.allow, "+"), flags.once, flags.hex, out.verbose()));
  out.note("a note");
  out.totals().count("clients", 3);
  if (flags.code == exit_failed) {
    return out.fail(Error::from_errno(ECONNREFUSED, "connect to").about("192.0.2.1:80"));
  }
  return flags.code;
}

std::string contents(int fd) {
  std::string text(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
  const ssize_t got = pread(fd, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  close(fd);
  return text;
}

WallTime fixed_clock() { return WallTime(std::chrono::seconds(1'000'000'000)); }

const Declare sample_tools[] = {declare_sample};

}  // namespace

void declare_sample(Command& patchbay) {
  Command& sample = patchbay.group("sample", "a tool for tests");
  auto [serve, o] = sample.add("serve", "answer clients", run_serve);
  serve.argument("[ADDR:]PORT", endpoint(o.listen), "where to listen").excludes("interface");
  serve.flag("-r, --reply TEMPLATE", text(o.reply), "answer with TEMPLATE; it's {}")
      .excludes("service");
  serve.flag("--service NAME", choice(o.service, {"echo", "discard"}), "one of [these]: small ones")
      .alias("-oS[echo]");
  serve.flag("--once", toggle(o.once), "stop after one").not_a_setting();
  serve.flag("--hex", toggle(o.hex), "print bytes as hex").alias("-oX");
  serve.flag("--code N", count(o.code, 0, 255), "the exit code");
  serve.section("Limits");
  serve.flag("--max-clients N", count(o.max_clients, 1, 1'000), "clients at a time")
      .alias("--clients");
  serve.flag("--idle TIME", duration(o.idle, 1s), "close a silent client");
  serve.flag("--buffer SIZE", size(o.buffer), "the buffer");
  serve.flag("--max-rate RATE", rate(o.max_rate), "the most to send");
  serve.flag("--allow HOST", host(o.allow), "who may come");
  serve.flag("--interface NAME", interface(o.link), "the interface");
  serve.section("TLS");
  serve.flag("--tls-cert FILE", file(o.tls_cert), "the certificate").needs("tls-key");
  serve.flag("--tls-key FILE", file(o.tls_key), "its key").needs("tls-cert");
  serve.flag("--password-file FILE", file(o.password_file), "who may log in");
  serve.example("patchbay sample serve 5000 --reply 'got: {}'", "answer each message");
  serve.exit_code(10, "the sample is exhausted");
  serve.describe("A long text.\n\n.A paragraph that begins with a full stop, and a \\ in it.");
}

Ran run_sample(std::vector<std::string> words, std::vector<std::string> environment,
               const std::string& user_settings, const std::string& system_settings) {
  Process process;
  process.words = std::move(words);
  process.environment = std::move(environment);
  process.user_settings = user_settings;
  process.system_settings = system_settings;
  process.out_fd = memfd_create("out", 0);
  process.err_fd = memfd_create("err", 0);
  process.wall_clock = fixed_clock;
  const int code = run_patchbay(process, sample_tools);
  return {code, contents(process.out_fd), contents(process.err_fd)};
}

int run_sample_into(int out_fd, int err_fd, std::vector<std::string> words) {
  Process process;
  process.words = std::move(words);
  process.system_settings.clear();
  process.out_fd = out_fd;
  process.err_fd = err_fd;
  process.wall_clock = fixed_clock;
  return run_patchbay(process, sample_tools);
}

TemporaryFile::TemporaryFile(std::string_view content) {
  const char* folder = std::getenv("TMPDIR");
  path_ = fmt::format("{}/patchbay-test-XXXXXX", folder == nullptr ? "/tmp" : folder);
  const int fd = mkstemp(path_.data());
  if (fd < 0 || write(fd, content.data(), content.size()) < 0) path_.clear();
  if (fd >= 0) close(fd);
}

TemporaryFile::~TemporaryFile() { unlink(path_.c_str()); }

ShellRan run_shell(const std::string& script) {
  const TemporaryFile file(script);
  FILE* pipe = popen(("bash " + file.path() + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "no shell"};
  std::string text;
  char part[4096];
  while (const std::size_t got = fread(part, 1, sizeof part, pipe)) text.append(part, got);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

bool has_program(const std::string& name) {
  return run_shell("command -v " + name + " >/dev/null").code == 0;
}

}  // namespace patchbay
