#include "patchbay/tools/echo/serve_printer.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "patchbay/base/text.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

std::string content(int file) {
  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(file, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return text;
}

class ServePrinter : public testing::Test {
 protected:
  ServePrinter() : loop_(std::move(*Loop::make())), guard_(*loop_) {}
  ~ServePrinter() override {
    close(out_);
    close(err_);
  }

  // What is printed of a visit with one message, on stdout and on stderr.
  std::pair<std::string, std::string> visit(std::string_view message, Parting parting,
                                            bool json = false, bool notes_only = false) {
    Output out({.json = json, .out_fd = out_, .err_fd = err_});
    TcpServePrinter printer(out, options_, notes_only);
    const TcpVisit visit{.peer = *Endpoint::parse("192.0.2.1:40000"),
                         .since = loop_->now() - 1500ms,
                         .received_bytes = message.size(),
                         .sent_bytes = 7};
    printer.joined(visit);
    printer.message(visit, std::as_bytes(std::span(message)));
    printer.left(visit, parting);
    return {content(out_), content(err_)};
  }

  const int out_ = memfd_create("out", MFD_CLOEXEC);
  const int err_ = memfd_create("err", MFD_CLOEXEC);
  TcpServeOptions options_;
  std::unique_ptr<Loop> loop_;
  LoopGuard guard_;
};

TEST_F(ServePrinter, SpeaksAsTheTutorialDoes) {
  const auto [out, err] = visit("hello\r\n", Parting::left);
  EXPECT_EQ(out,
            "[+] Connection from 192.0.2.1:40000\n"
            "[192.0.2.1:40000] hello\n"
            "[-] Connection closed: 192.0.2.1:40000 (7 B received, 7 B sent, 1.5 s)\n");
  EXPECT_EQ(err, "");
}

TEST_F(ServePrinter, EscapesWhatThePeerSends) {
  const auto [out, err] =
      visit("\x1b[31mred\x1b[0m \xff\n[+] Connection from 10.0.0.1:1\n", Parting::left);
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_NE(out.find(R"([192.0.2.1:40000] \x1b[31mred\x1b[0m \xff\n[+] Connection from)"),
            std::string::npos)
      << out;
  EXPECT_TRUE(is_valid_utf8(out));
}

TEST_F(ServePrinter, SaysWhyAConversationWasCut) {
  EXPECT_NE(visit("x", Parting::idle).first.find("; it was silent for 5 min)"), std::string::npos);
  EXPECT_NE(visit("x", Parting::not_reading).first.find("; it did not read its answer for 5 min)"),
            std::string::npos);
  EXPECT_NE(visit("x", Parting::slow_line).first.find("; it did not end its line in 5 min)"),
            std::string::npos);
  EXPECT_NE(visit("x", Parting::long_line).first.find("; its line is longer than 64 KiB)"),
            std::string::npos);
}

TEST_F(ServePrinter, WritesRecords) {
  const auto [out, err] = visit("\xff\x00", Parting::reset, true);
  EXPECT_NE(out.find(R"({"type":"joined","peer":"192.0.2.1:40000"})"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("type":"message","peer":"192.0.2.1:40000","hex":"ff","size_bytes":1)"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find(R"("sent_bytes":7,"duration_us":1500000,"reason":"reset"})"),
            std::string::npos)
      << out;
}

TEST_F(ServePrinter, LeavesStdoutAloneWhereItCarriesBytes) {
  const auto [out, err] = visit("hello", Parting::left, false, true);
  EXPECT_EQ(out, "");
  EXPECT_EQ(err,
            "[+] Connection from 192.0.2.1:40000\n"
            "[-] Connection closed: 192.0.2.1:40000 (5 B received, 7 B sent, 1.5 s)\n");
}

TEST_F(ServePrinter, StopsTheServerWhenNobodyReads) {
  ::signal(SIGPIPE, SIG_IGN);  // as main() does
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  Output out({.out_fd = ends[1], .err_fd = err_});
  TcpServePrinter printer(out, options_, false);
  EXPECT_FALSE(loop_->root().cancelled());
  printer.joined({.peer = *Endpoint::parse("192.0.2.1:40000")});
  EXPECT_TRUE(loop_->root().cancelled());
  close(ends[1]);
}

}  // namespace
}  // namespace patchbay
