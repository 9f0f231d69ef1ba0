#include "patchbay/tools/scan/probe/connect_verdict.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

namespace patchbay {
namespace {

using Meaning = ConnectVerdict::Meaning;

struct Case {
  int code;
  bool sent;
  PortState state;
  AnswerReason reason;
};

constexpr Case k_answers[] = {
    {0, true, PortState::open, AnswerReason::connected},
    {ECONNRESET, true, PortState::open, AnswerReason::connected},
    {EPIPE, true, PortState::open, AnswerReason::connected},
    {ECONNREFUSED, true, PortState::closed, AnswerReason::refused},
    {EHOSTUNREACH, true, PortState::filtered, AnswerReason::host_unreachable},
    {EHOSTDOWN, true, PortState::filtered, AnswerReason::host_unreachable},
    {ENETUNREACH, true, PortState::filtered, AnswerReason::net_unreachable},
    {ENETUNREACH, false, PortState::filtered, AnswerReason::net_unreachable},
    {EAFNOSUPPORT, false, PortState::filtered, AnswerReason::net_unreachable},
    {ENOPROTOOPT, true, PortState::filtered, AnswerReason::protocol_unreachable},
    {EACCES, true, PortState::filtered, AnswerReason::admin_prohibited},
    {EACCES, false, PortState::filtered, AnswerReason::not_permitted},
    {EPERM, false, PortState::filtered, AnswerReason::not_permitted},
    {ENONET, true, PortState::filtered, AnswerReason::other_unreachable},
    {EPROTO, true, PortState::filtered, AnswerReason::other_unreachable},
    {EINVAL, false, PortState::filtered, AnswerReason::other_unreachable}};

TEST(ConnectVerdict, AnErrnoIsAState) {
  for (const Case& is : k_answers) {
    SCOPED_TRACE(std::strerror(is.code));
    const ConnectVerdict verdict = judge_connect(is.code, is.sent);
    EXPECT_EQ(verdict.meaning, Meaning::answer);
    EXPECT_EQ(verdict.state, is.state);
    EXPECT_EQ(verdict.reason, is.reason);
  }
}

TEST(ConnectVerdict, WhatThisHostLacksIsNoState) {
  for (const int code :
       {EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN, EADDRINUSE, ENETDOWN, ECONNABORTED}) {
    EXPECT_EQ(judge_connect(code, false).meaning, Meaning::shortage) << std::strerror(code);
  }
  EXPECT_EQ(judge_connect(EADDRNOTAVAIL, false).meaning, Meaning::no_source);
}

TEST(ConnectVerdict, ThatTheKernelGaveUpIsSilence) {
  EXPECT_EQ(judge_connect(ETIMEDOUT, true).meaning, Meaning::silence);
}

}  // namespace
}  // namespace patchbay
