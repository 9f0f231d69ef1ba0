// TLS between two hosts of a bad network: `tcp serve --tls` and `tcp connect --tls`. What is said
// arrives, an end is an end only with its goodbye, and nobody is trusted who should not be.
#include <filesystem>
#include <optional>

#include "patchbay/net/conformance/tls_fixture.hpp"
#include "patchbay/tools/echo/connect_tcp.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

constexpr Impairment k_bad_link = {.delay = 5ms, .jitter = 2ms, .loss = 0.02};

void expect_fine(World& world) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

// --- who they are --------------------------------------------------------------------------------

// An authority, and a server's certificate by it. Worlds have a date of their own, so these are
// good for decades.
class Papers {
 public:
  Papers() {
    std::string name = testing::TempDir() + "patchbay-sim-tls-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    const Identity authority = make_identity(
        {.common_name = "Lab Authority", .authority = true, .first_day = -8000, .last_day = 8000});
    save("ca", authority);
    save("server",
         make_identity({.alternatives = "DNS:server", .first_day = -8000, .last_day = 8000},
                       &authority));
  }
  ~Papers() { std::filesystem::remove_all(folder_); }
  Papers(const Papers&) = delete;
  Papers& operator=(const Papers&) = delete;

  TlsContext server_context() const {
    auto made = TlsContext::server(
        {.certificate_file = path("server.pem"), .key_file = path("server.key")});
    if (!made) ADD_FAILURE() << made.error().describe();
    return std::move(*made);
  }
  TlsClientOptions client_options() const { return {.ca_file = path("ca.pem")}; }

 private:
  std::string path(const std::string& name) const { return folder_ / name; }
  void save(const std::string& name, const Identity& identity) const {
    FILE* const certificate = std::fopen(path(name + ".pem").c_str(), "w");
    PEM_write_X509(certificate, identity.certificate.get());
    std::fclose(certificate);
    FILE* const key = std::fopen(path(name + ".key").c_str(), "w");
    PEM_write_PrivateKey(key, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(key);
  }

  std::filesystem::path folder_;
};

const Papers& papers() {
  static const Papers made;
  return made;
}

// `tcp serve --tls` on a host.
struct SecureServer {
  CertificateReloads reloads;
  ServerCertificate certificate{papers().server_context(), reloads};
  ServedTcp served;

  Task<Result<>> serve() { return serve_tool({.certificate = &certificate}, served); }
};

// --- clients -------------------------------------------------------------------------------------

// As often as it takes: a reset, whenever it comes, is a reason to try again, and so is silence,
// since a reset that is lost leaves a client waiting that has nothing more to send.
bool is_reason_to_try_again(const Error& error) {
  return error.fault() == Fault::closed || error.fault() == Fault::timed_out;
}

Task<Result<>> exchange_securely(std::string text, Clients& account) {
  for (;;) {
    const TcpConnectOptions options{
        .to = {"server", k_tool_port}, .timeout = 10s, .tls = papers().client_options()};
    auto connection = co_await connect_tcp(options);
    if (!connection && is_reason_to_try_again(connection.error())) continue;
    if (!connection) co_return connection.error();
    EXPECT_TRUE(connection->tls && connection->tls->verified);
    const auto done = co_await with_deadline(
        Deadline::after(10s), exchange_over(connection->stream, text, text, account));
    if (done || !is_reason_to_try_again(done.error())) co_return done;
  }
}

SIM_TEST(SimulatedTls, EachByteArrivesAndEachEndIsOne) {
  world.leave_out_of_hash(k_tool_port);
  SecureServer server;
  Clients clients;
  int resets = 0;
  Pair pair(world, k_bad_link);
  pair.server.serve(server.serve());
  Chance chance = world.chance_for("texts");
  std::uint64_t sum = 0;
  for (int i = 0; i < 3; ++i) {
    std::string text = some_text(chance, 20'000);
    sum += text.size();
    pair.client.run(exchange_securely(std::move(text), clients));
  }
  // Also in the middle of handshakes, but not in all runs.
  if (chance.happens(0.5)) {
    world.every(60ms, [&] { resets += pair.server.reset_connection() ? 1 : 0; });
  }
  pause_some_time(world, pair.server, 100ms, 1s);
  expect_fine(world);
  server.served.expect_consistent();
  const Ledger& ledger = server.served.ledger;
  EXPECT_EQ(clients.answered, 3U);
  EXPECT_LE(clients.heard_bytes, server.served.totals.received_bytes);
  EXPECT_EQ(ledger.left(Parting::no_tls), ledger.faults().size());
  EXPECT_EQ(ledger.left(), ledger.left(Parting::left) + ledger.left(Parting::reset) +
                               ledger.left(Parting::no_tls));
  if (resets > 0) return;
  EXPECT_EQ(ledger.left(Parting::left), 3U);
  EXPECT_EQ(server.served.totals.received_bytes, sum);
  EXPECT_EQ(clients.heard_bytes, sum);
}

// --- whom to trust -------------------------------------------------------------------------------

Task<Result<>> expect_distrust(HostPort to, TlsClientOptions tls, std::string_view why) {
  const auto connection =
      co_await connect_tcp({.to = std::move(to), .timeout = 1min, .tls = std::move(tls)});
  EXPECT_FALSE(connection);
  if (connection) co_return ok();
  EXPECT_EQ(connection.error().fault(), Fault::permission) << connection.error().describe();
  EXPECT_EQ(connection.error().why(), why);
  co_return ok();
}

// The server counts each of them, and none of them as one that it has served.
void expect_distrust_of(World& world, std::string_view name, std::string_view why) {
  world.leave_out_of_hash(k_tool_port);
  SecureServer server;
  Pair pair(world, k_bad_link);
  world.names().add("impostor", pair.server.address());
  pair.server.serve(server.serve());
  pair.client.run(
      expect_distrust({std::string(name), k_tool_port}, papers().client_options(), why));
  pair.client.run(stay(1min));  // until the server has noticed
  expect_fine(world);
  server.served.expect_consistent();
  EXPECT_EQ(server.served.totals.clients, 1U);
  EXPECT_EQ(server.served.totals.received_bytes, 0U);
  EXPECT_EQ(server.served.ledger.left(Parting::left), 0U);
}

SIM_TEST(SimulatedTls, AnotherNameIsNotTrusted) {
  expect_distrust_of(world, "impostor", "the certificate is made out to another name");
}

// The date is that of the world.
TEST(SimulatedTls, AnExpiredCertificateIsNotTrusted) {
  const SeedOptions options{
      .name = "SimulatedTls.AnExpiredCertificateIsNotTrusted",
      .world = {.date = std::chrono::sys_days(std::chrono::year(2090) / 1 / 1)}};
  for_each_seed(options, [](World& world) {
    expect_distrust_of(world, "server", "the certificate has expired");
  });
}

// --- the goodbye ---------------------------------------------------------------------------------

Task<Result<>> hear_no_end(Clients& account) {
  auto connection = co_await connect_tcp(
      {.to = {"server", k_tool_port}, .timeout = 1min, .tls = papers().client_options()});
  if (!connection) co_return connection.error();
  Stream& stream = connection->stream;
  if (const auto sent = co_await stream.write_all("hello"); !sent) co_return sent;
  for (;;) {
    const auto data = co_await stream.receive();
    if (data && !data->empty()) {
      account.heard_bytes += data->size();
      continue;
    }
    EXPECT_FALSE(data) << "a cut connection has ended as if it had been whole";
    if (!data) EXPECT_EQ(data.error().fault(), Fault::closed) << data.error().describe();
    co_return ok();
  }
}

// A peer that breaks off in the middle has said no goodbye: it must not look like an end.
SIM_TEST(SimulatedTls, AResetIsNoEnd) {
  world.leave_out_of_hash(k_tool_port);
  SecureServer server;
  Clients clients;
  Pair pair(world, {.delay = 5ms, .jitter = 2ms});
  pair.server.serve(server.serve());
  pair.client.run(after(0s, hear_no_end(clients)));
  world.run_for(1s);
  EXPECT_EQ(clients.heard_bytes, 5U);
  EXPECT_TRUE(pair.server.reset_connection());
  expect_fine(world);
  server.served.expect_consistent();
  EXPECT_EQ(server.served.ledger.left(Parting::reset), 1U);
}

}  // namespace
}  // namespace patchbay::sim
