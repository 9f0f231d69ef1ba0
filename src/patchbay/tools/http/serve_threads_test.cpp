// `http serve` on several loops, with clients on threads of their own: everything that a thread of
// the pool, or more than one loop, has a hand in. Made for ThreadSanitizer.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "patchbay/http/http_client.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http/serve_run.hpp"
#include "patchbay/tools/password_hash.hpp"
#include "patchbay/tools/self_certificate.hpp"
#include "patchbay/wire/base64.hpp"

namespace patchbay {
namespace {

constexpr unsigned k_loops = 3;
constexpr int k_clients = 4;

// Signals reach the server's loop, and nobody else: whatever thread begins now has them blocked.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

// Listens before there is a server, so that no client comes too early.
class Socket {
 public:
  Socket() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(descriptor_, any, size), 0);
    EXPECT_EQ(::listen(descriptor_, 100), 0);
    EXPECT_EQ(::getsockname(descriptor_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int descriptor() const { return descriptor_; }
  std::uint16_t port() const { return port_; }

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

// What there is to be served: "site" leads to "one", and later to "two".
struct Files {
  Files() {
    for (const char* const site : {"one", "two"}) {
      const std::string top = std::string(site) + "/";
      folder.write(top + "which.txt", site);
      folder.write(top + "big.bin", big);
      folder.write(top + "text.txt", text);
      folder.write(top + "private/note.txt", "secret");
    }
    folder.write("users", "alice:" + hash_password("wonder") + "\n");
    lead_to("one");
  }
  void lead_to(const char* site) const {
    std::filesystem::create_directory_symlink(site, folder.path("new"));
    std::filesystem::rename(folder.path("new"), folder.path("site"));
  }
  // The next who reads it has to wait for the disk, where the file system has one.
  void forget_big() const {
    for (const char* const site : {"one/big.bin", "two/big.bin"}) {
      const int file = ::open(folder.path(site).c_str(), O_RDONLY | O_CLOEXEC);
      (void)::fsync(file);
      (void)::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
      ::close(file);
    }
  }

  TemporaryFolder folder;
  const std::string big = std::string(400'000, 'b');
  const std::string text = std::string(20'000, 't');
};

struct Scene {
  Files files;
  Socket socket;
  bool secure = false;
  std::atomic<int> asked = 0;           // requests, those of the proxy to itself included
  std::atomic<int> before = k_clients;  // who have not yet seen all of the first site

  std::string url(std::string_view target) const {
    return fmt::format("{}://127.0.0.1:{}{}", secure ? "https" : "http", socket.port(), target);
  }
};

struct Question {
  std::string target;
  std::string method = "GET";
  HttpFieldList fields = {};
  std::string body = {};
  int status = 200;
};

// The body of the answer.
Task<std::string> ask(Scene& scene, HttpClient& client, Question question) {
  ++scene.asked;
  HttpClientRequest request{.method = question.method, .fields = question.fields};
  request.url = *HttpUrl::parse(scene.url(question.target));
  if (!question.body.empty()) request.body = question.body;
  auto answer = co_await client.send(std::move(request), Deadline::after(60s));
  if (!answer) {
    ADD_FAILURE() << question.target << ": " << answer.error().describe();
    co_return "";
  }
  EXPECT_EQ(answer->status, question.status) << question.target;
  auto body = co_await answer->text(10'000'000);
  EXPECT_TRUE(body) << question.target;
  co_return body.value_or("");
}

Task<> look_around(Scene& scene, HttpClient& client, std::string upload) {
  const HttpFieldList alice = {{"Authorization", "Basic " + encode_base64("alice:wonder")}};
  scene.files.forget_big();
  EXPECT_EQ(co_await ask(scene, client, {"/big.bin"}), scene.files.big);
  EXPECT_NE(co_await ask(scene, client, {"/"}), "");
  EXPECT_NE(co_await ask(scene, client, {"/?archive=zip"}), "");
  for (const char* const coding : {"identity", "gzip", "zstd", "br"}) {
    const HttpFieldList fields = {{"Accept-Encoding", coding}};
    EXPECT_NE(co_await ask(scene, client, {.target = "/text.txt", .fields = fields}), "");
    EXPECT_NE(co_await ask(scene, client, {.target = "/", .fields = fields}), "");
  }
  EXPECT_NE(co_await ask(scene, client, {.target = "/private/note.txt", .status = 401}), "secret");
  EXPECT_EQ(co_await ask(scene, client, {.target = "/private/note.txt", .fields = alice}),
            "secret");
  (void)co_await ask(scene, client,
                     {.target = upload, .method = "PUT", .body = scene.files.text, .status = 201});
  EXPECT_EQ(co_await ask(scene, client, {upload}), scene.files.text);
  if (scene.secure) co_return;
  EXPECT_EQ(co_await ask(scene, client, {"/again/text.txt"}), scene.files.text);
  ++scene.asked;  // by the proxy
}

Task<> visit(Scene& scene, int number) {
  // Half of them make a connection for each request, and so meet all loops.
  HttpClient client({.tls = {.verify = false}, .kept_connections = number % 2 == 0 ? 0U : 8U});
  co_await look_around(scene, client, fmt::format("/{}-before", number));
  if (--scene.before == 0) {
    scene.files.lead_to("two");
    ::kill(::getpid(), SIGHUP);
  }
  while (co_await ask(scene, client, {"/which.txt"}) != "two") {
    if (testing::Test::HasFailure()) co_return;
  }
  co_await look_around(scene, client, fmt::format("/{}-after", number));
}

void be_client(Scene& scene, int number, std::atomic<int>& left) {
  auto loop = Loop::make();
  (*loop)->run(visit(scene, number));
  if (--left == 0) ::kill(::getpid(), SIGTERM);
}

HttpServePlan plan_of(const Scene& scene) {
  HttpServePlan plan{.addresses = {{.inherited = scene.socket.descriptor()}}, .threads = k_loops};
  SiteOptions& site = plan.sites.emplace_back();
  site.path = scene.files.folder.path("site").string();
  site.folder.archives = true;
  site.accounts = scene.files.folder.path("users").string();
  site.guarded = {{.path = "private"}};
  site.uploads = true;
  if (!scene.secure) {
    site.proxies = {{.prefix = "again", .upstream = *HttpUrl::parse(scene.url("/"))}};
  }
  return plan;
}

std::string content(int file) {
  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(file, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  close(file);
  return text;
}

// Serves the scene until all clients have had what they want.
void play(Scene& scene, HttpServePlan plan) {
  const BlockedSignals blocked;
  const int out_file = memfd_create("out", MFD_CLOEXEC);
  const int err_file = memfd_create("err", MFD_CLOEXEC);
  int code = -1;
  {
    Output out({.out_fd = out_file, .err_fd = err_file});
    std::atomic<int> left = k_clients;
    std::vector<std::jthread> clients;
    for (int i = 0; i < k_clients; ++i) {
      clients.emplace_back(be_client, std::ref(scene), i, std::ref(left));
    }
    code = run_http_server(plan, [plan] { return plan; }, out);
  }
  const std::string log = content(out_file);
  const std::string notes = content(err_file);
  EXPECT_EQ(code, exit_ok) << notes;
  EXPECT_EQ(std::ranges::count(log, '\n'), scene.asked.load()) << notes;
  EXPECT_NE(notes.find("were read again"), notes.npos) << notes;
}

TEST(ServeThreads, SeveralLoopsServeOneSite) {
  Scene scene;
  play(scene, plan_of(scene));
}

TEST(ServeThreads, SeveralLoopsServeOneSiteOverTls) {
  Scene scene{.secure = true};
  const auto certificate = SelfCertificate::make({"127.0.0.1"});
  ASSERT_TRUE(certificate);
  HttpServePlan plan = plan_of(scene);
  plan.tls = TlsServerOptions{.certificate_file = certificate->certificate_path(),
                              .key_file = certificate->key_path(),
                              .alpn = {"h2", "http/1.1"}};
  play(scene, std::move(plan));
}

}  // namespace
}  // namespace patchbay
