// TLS against peers that are not ours: OpenSSL driven by hand, which can do what no well-behaved
// program does at a given moment, and the program that everybody has.
#include <openssl/ssl.h>

#include <array>
#include <cstdio>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/net/conformance/tls_fixture.hpp"

namespace patchbay {
namespace {

class TlsPeers : public TlsTest {};
INSTANTIATE_TEST_SUITE_P(, TlsPeers, all_engines(), engine_name);

// An SSL between two memories; the test carries the bytes.
class HandDriven {
 public:
  HandDriven(TcpStream stream, const TlsServerOptions& server)
      : stream_(std::move(stream)), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX_use_certificate_chain_file(context_.get(), server.certificate_file.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), server.key_file.c_str(), SSL_FILETYPE_PEM);
    // A session ticket has the client's certificate in it, and so takes more than one small record.
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    SSL_CTX_set_max_send_fragment(context_.get(), 512);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }

  SSL* ssl() { return ssl_.get(); }
  TcpStream& stream() { return stream_; }

  std::vector<std::byte> take_output() {
    std::vector<std::byte> bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())));
    BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  // False at the end, or on a failure.
  Task<bool> fetch_input() {
    const auto data = co_await stream_.receive();
    if (!data || data->empty()) co_return false;
    BIO_write(SSL_get_rbio(ssl_.get()), data->bytes().data(), static_cast<int>(data->size()));
    co_return true;
  }

  // Keeps back its last words, which are the session tickets.
  Task<Result<>> accept() {
    for (;;) {
      const int result = SSL_do_handshake(ssl_.get());
      if (result == 1) co_return ok();
      const auto sent = co_await stream_.write_all(take_output());
      if (!sent) co_return sent;
      if (!co_await fetch_input()) co_return Error(Fault::closed, "accept");
    }
  }
  Task<std::string> read(std::size_t size) {
    std::string text;
    while (text.size() < size) {
      std::array<char, 16384> piece;
      std::size_t count = 0;
      if (SSL_read_ex(ssl_.get(), piece.data(), piece.size(), &count) == 1) {
        text.append(piece.data(), count);
      } else if (!co_await fetch_input()) {
        break;
      }
    }
    co_return text;
  }

 private:
  TcpStream stream_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

struct HandDrivenPair {
  Result<TlsStream> client;
  std::unique_ptr<HandDriven> server;
};

Task<Result<>> accept_by_hand(HandDriven& server) { co_return co_await server.accept(); }

Task<HandDrivenPair> meet(const TlsContext& client, const TlsServerOptions& options) {
  auto below = co_await connect_pair();
  if (!below) co_return HandDrivenPair{below.error(), nullptr};
  auto server = std::make_unique<HandDriven>(std::move(below->server), options);
  std::optional<Result<TlsStream>> agreed;
  const auto done =
      co_await both(tls_leg(tls_connect(std::move(below->client), client, "web.lab"), agreed),
                    accept_by_hand(*server));
  EXPECT_TRUE(done);
  co_return HandDrivenPair{std::move(*agreed), std::move(server)};
}

Task<Result<>> write_text(Stream& stream, std::string_view text, bool& written) {
  const auto sent = co_await stream.write_all(text);
  written = sent.has_value();
  co_return sent;
}
Task<Result<>> say_goodbye(Stream& stream, bool& said) {
  const auto ended = co_await stream.shutdown_write();
  said = ended.has_value();
  co_return ended;
}
Task<Result<>> expect_text(Stream& stream, std::string_view expected) {
  const auto data = co_await stream.receive();
  if (!data) co_return data.error();
  EXPECT_EQ(data->text(), expected);
  co_return ok();
}

// Byte by byte, each when the other side has gone as far as it can.
Task<Result<>> trickle(HandDriven& server, std::span<const std::byte> bytes, const bool& written) {
  co_await settle();
  EXPECT_FALSE(written);
  for (const std::byte& one : bytes) {
    const auto sent = co_await server.stream().write_all(std::span(&one, 1));
    if (!sent) co_return sent;
    co_await settle();
  }
  co_return ok();
}

// OpenSSL neither writes nor says goodbye while half of a message of its own is there: the writer
// waits for the peer, and must be woken by what the peer sends although a reader waits for that,
// too.
Task<> waits_for_the_rest_of_a_ticket(TlsContext client, TlsServerOptions options, bool ending) {
  auto pair = co_await meet(client, options);
  CO_ASSERT(pair.client);
  HandDriven& server = *pair.server;
  auto tickets = server.take_output();
  CO_ASSERT(tickets.size() > 512);
  // The first record, whole: its length stands in bytes 3 and 4 (RFC 8446 section 5.1).
  const auto first =
      5 + std::to_integer<std::size_t>(tickets[3]) * 256 + std::to_integer<std::size_t>(tickets[4]);
  CO_ASSERT(first > 500 && first < tickets.size());
  CO_ASSERT(co_await server.stream().write_all(std::span(tickets).first(first)));
  const auto nothing = co_await pair.client->receive(Deadline::after(5ms));
  CO_ASSERT(!nothing);
  EXPECT_EQ(nothing.error().fault(), Fault::timed_out);

  SSL_write(server.ssl(), "hello", 5);
  const auto hello = server.take_output();
  tickets.insert(tickets.end(), hello.begin(), hello.end());
  bool written = false;
  Task<Result<>> writing =
      ending ? say_goodbye(*pair.client, written) : write_text(*pair.client, "ping", written);
  const auto done = co_await both(both(expect_text(*pair.client, "hello"), std::move(writing)),
                                  trickle(server, std::span(tickets).subspan(first), written));
  EXPECT_TRUE(done);
  EXPECT_TRUE(written);
  EXPECT_EQ(co_await server.read(4), ending ? "" : "ping");
}
TEST_P(TlsPeers, MaySendATicketInPieces) {
  auto client = client_options();
  client.certificate_file = path("server.pem");
  client.key_file = path("server.key");
  run(waits_for_the_rest_of_a_ticket(client_context(client), server_options(), false));
  run(waits_for_the_rest_of_a_ticket(client_context(client), server_options(), true));
}

Task<Result<>> change_keys_then_read(HandDriven& peer, Stream& stream, std::size_t size,
                                     const bool& done_early) {
  for (int i = 0; i < 20; ++i) {
    SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED);
    SSL_write(peer.ssl(), "tick", 4);
    const auto sent = co_await peer.stream().write_all(peer.take_output());
    if (!sent) co_return sent;
    std::array<std::byte, 4> tick;
    const auto heard = co_await stream.read_exact(tick);
    if (!heard) co_return heard;
  }
  EXPECT_FALSE(done_early);
  const std::string came = co_await peer.read(size);
  EXPECT_EQ(came.size(), size);
  EXPECT_EQ(came.find_first_not_of('x'), std::string::npos);
  co_return ok();
}

// The answers to key updates wait behind a record that the peer does not take: reading goes on.
Task<> changes_keys_while_a_write_waits(TlsContext client, TlsServerOptions options) {
  auto pair = co_await meet(client, options);
  CO_ASSERT(pair.client);
  HandDriven& server = *pair.server;
  const std::string big(16 * 1024 * 1024, 'x');
  bool written = false;
  const auto done = co_await both(write_text(*pair.client, big, written),
                                  change_keys_then_read(server, *pair.client, big.size(), written));
  EXPECT_TRUE(done) << done.error().describe();
  EXPECT_TRUE(written);
}
TEST_P(TlsPeers, MayChangeKeysWhileAWriteWaits) {
  run(changes_keys_while_a_write_waits(client_context(), server_options()));
}

Task<> notices_damage(TlsContext client, TlsServerOptions options) {
  auto pair = co_await meet(client, options);
  CO_ASSERT(pair.client);
  SSL_write(pair.server->ssl(), "hello", 5);
  auto bytes = pair.server->take_output();
  bytes.back() ^= std::byte{1};
  CO_ASSERT(co_await pair.server->stream().write_all(bytes));
  for (int i = 0; i < 2; ++i) {
    const auto data = co_await pair.client->receive();
    CO_ASSERT(!data);
    EXPECT_EQ(data.error().fault(), Fault::integrity);
    EXPECT_EQ(data.error().why(), "what arrived was changed on the way, or made up");
  }
  EXPECT_FALSE(co_await pair.client->write_all("x"));
}
TEST_P(TlsPeers, CannotSlipInDamage) { run(notices_damage(client_context(), server_options())); }

// --- peers that speak no TLS ---------------------------------------------------------------------

void expect_no_tls(const Error& error) {
  EXPECT_EQ(error.fault(), Fault::protocol);
  EXPECT_EQ(error.why(), "the peer does not speak TLS");
  EXPECT_EQ(error.remedy(), "try without TLS, or another port");
}

// What other protocols say first, and what only looks like TLS for a few bytes.
Task<> meets_other_protocols(TlsContext client, TlsContext server) {
  for (const std::string_view opening :
       {std::string_view("220 mail.lab ESMTP\r\n"), std::string_view("SSH-2.0-lab\r\n"),
        std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16),
        std::string_view("\x16\x03\x01\x00\x04\xff\x00\x00\x00", 9),
        std::string_view("\x17\x03\x03\x00\x04text", 9)}) {
    SCOPED_TRACE(escape_terminal(opening));
    auto pair = co_await connect_pair();
    auto next = co_await connect_pair();
    CO_ASSERT(pair && next);
    EXPECT_TRUE(co_await pair->server.write_all(opening));
    EXPECT_TRUE(co_await pair->server.shutdown_write());
    const auto asked = co_await tls_connect(std::move(pair->client), client, "mail.lab");
    CO_ASSERT(!asked);
    EXPECT_EQ(asked.error().what(), "cannot agree on TLS with mail.lab");
    expect_no_tls(asked.error());

    EXPECT_TRUE(co_await next->client.write_all(opening));
    EXPECT_TRUE(co_await next->client.shutdown_write());
    const auto served = co_await tls_accept(std::move(next->server), server);
    CO_ASSERT(!served);
    expect_no_tls(served.error());
  }
}
TEST_P(TlsPeers, MaySpeakSomethingElse) {
  run(meets_other_protocols(client_context(), server_context()));
}

Task<Result<>> echo_once(Stream& stream) {
  const auto heard = co_await stream.receive();
  if (!heard) co_return heard.error();
  co_return co_await stream.write_all(heard->bytes());
}
Task<> meets_an_echo(TlsContext client) {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  std::optional<Result<TlsStream>> asked;
  EXPECT_TRUE(co_await both(tls_leg(tls_connect(std::move(pair->client), client, "web.lab"), asked),
                            echo_once(pair->server)));
  CO_ASSERT(!*asked);
  expect_no_tls(asked->error());
}
TEST_P(TlsPeers, MaySendBackWhatTheyHear) { run(meets_an_echo(client_context())); }

Task<> meets_plain_text(TlsContext client, TlsContext server) {
  auto next = co_await connect_pair();
  CO_ASSERT(next);
  EXPECT_TRUE(co_await next->client.write_all("GET / HTTP/1.1\r\nHost: web.lab\r\n\r\n"));
  const auto served = co_await tls_accept(std::move(next->server), server);
  CO_ASSERT(!served);
  EXPECT_EQ(served.error().fault(), Fault::protocol);
  EXPECT_EQ(served.error().why(), "the peer speaks plain HTTP and not TLS");

  auto last = co_await connect_pair();
  CO_ASSERT(last);
  last->server.close();
  const auto alone = co_await tls_connect(std::move(last->client), client, "web.lab");
  CO_ASSERT(!alone);
  EXPECT_EQ(alone.error().fault(), Fault::closed);
}
TEST_P(TlsPeers, MaySpeakPlainTextOrEnd) {
  run(meets_plain_text(client_context(), server_context()));
}

// --- the openssl program -------------------------------------------------------------------------

Task<> serves_s_client(TlsContext server, std::string version, std::string folder) {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  const std::string command = "cd '" + folder + "' && echo hello | timeout 20 openssl s_client " +
                              version + " -quiet -verify_return_error -CAfile ca.pem" +
                              " -servername web.lab -verify_hostname web.lab -connect " +
                              listener->local().to_string() + " 2>s_client.log";
  FILE* const pipe = ::popen(command.c_str(), "r");
  CO_ASSERT(pipe != nullptr);
  auto client = co_await listener->accept();
  CO_ASSERT(client);
  auto stream = co_await tls_accept(std::move(*client), server);
  CO_ASSERT(stream);
  EXPECT_EQ(stream->info().server_name, "web.lab");
  std::array<std::byte, 6> question;
  EXPECT_TRUE(co_await stream->read_exact(question));
  EXPECT_EQ(as_text(question), "hello\n");
  EXPECT_TRUE(co_await stream->write_all("world\n"));
  EXPECT_TRUE(co_await stream->shutdown_write());
  std::array<char, 64> answer{};
  const std::size_t size = std::fread(answer.data(), 1, answer.size(), pipe);
  EXPECT_EQ(std::string_view(answer.data(), size), "world\n");
  EXPECT_EQ(::pclose(pipe), 0);
}
TEST_P(TlsPeers, MayBeOpensslAsAClient) {
  if (!loop().engine().capabilities().foreign_descriptors) {
    GTEST_SKIP() << "a program is no part of a simulated network";
  }
  run(serves_s_client(server_context(), "-tls1_3", folder_.string()));
  run(serves_s_client(server_context(), "-tls1_2", folder_.string()));
}

Task<> talks_to_s_server(TlsContext client, std::string version, std::string folder) {
  const std::string command = "cd '" + folder + "' && timeout 20 openssl s_server " + version +
                              " -accept 127.0.0.1:0 -naccept 1 -rev -cert server.pem" +
                              " -key server.key 2>s_server.log";
  FILE* const pipe = ::popen(command.c_str(), "r");
  CO_ASSERT(pipe != nullptr);
  std::optional<Endpoint> endpoint;
  std::array<char, 256> line;
  while (!endpoint && std::fgets(line.data(), line.size(), pipe) != nullptr) {
    const std::string_view text = line.data();
    if (text.starts_with("ACCEPT "))
      endpoint = Endpoint::parse(text.substr(7, text.size() - 8)).value();
  }
  CO_ASSERT(endpoint);
  auto below = co_await TcpStream::connect(*endpoint);
  CO_ASSERT(below);
  auto stream = co_await tls_connect(std::move(*below), client, "127.0.0.1");
  CO_ASSERT(stream);
  EXPECT_TRUE(co_await stream->write_all("hello\n"));
  std::array<std::byte, 6> answer;
  EXPECT_TRUE(co_await stream->read_exact(answer));
  EXPECT_EQ(as_text(answer), "olleh\n");
  EXPECT_TRUE(co_await stream->write_all("CLOSE\n"));
  const auto end = co_await stream->receive();
  EXPECT_TRUE(end && end->empty());
  stream->close();
  EXPECT_EQ(::pclose(pipe), 0);
}
TEST_P(TlsPeers, MayBeOpensslAsAServer) {
  if (!loop().engine().capabilities().foreign_descriptors) {
    GTEST_SKIP() << "a program is no part of a simulated network";
  }
  run(talks_to_s_server(client_context(), "-tls1_3", folder_.string()));
  run(talks_to_s_server(client_context(), "-tls1_2", folder_.string()));
}

}  // namespace
}  // namespace patchbay
