#include "patchbay/base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "patchbay/base/errno_cause.hpp"
#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

struct Manual {
  const char* page;
  std::vector<int> codes;
};

// The ERRORS sections of the manual pages of every call the library makes, Linux man-pages 6.
const std::vector<Manual> manuals = {
    {"socket(2)",
     {EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTONOSUPPORT,
      ESOCKTNOSUPPORT, EPERM}},
    {"bind(2)",
     {EACCES, EADDRINUSE, EBADF, EINVAL, ENOTSOCK, EADDRNOTAVAIL, EFAULT, ELOOP, ENAMETOOLONG,
      ENOENT, ENOMEM, ENOTDIR, EROFS, ENODEV}},
    {"listen(2)", {EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP}},
    {"accept4(2)",
     {EAGAIN,       EBADF,       ECONNABORTED, EFAULT,          EINTR,           EINVAL,
      EMFILE,       ENFILE,      ENOBUFS,      ENOMEM,          ENOTSOCK,        EOPNOTSUPP,
      EPERM,        EPROTO,      ENETDOWN,     ENOPROTOOPT,     EHOSTDOWN,       ENONET,
      EHOSTUNREACH, ENETUNREACH, ENOSR,        ESOCKTNOSUPPORT, EPROTONOSUPPORT, ETIMEDOUT}},
    {"connect(2)",
     {EACCES, EPERM, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EALREADY, EBADF, ECONNREFUSED,
      EFAULT, EINPROGRESS, EINTR, EISCONN, ENETUNREACH, ENOTSOCK, EPROTOTYPE, ETIMEDOUT,
      EHOSTUNREACH, ECONNRESET}},
    {"send(2)",
     {EACCES, EAGAIN, EALREADY, EBADF, ECONNRESET, EDESTADDRREQ, EFAULT, EINTR, EINVAL, EISCONN,
      EMSGSIZE, ENOBUFS, ENOMEM, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPIPE}},
    {"recv(2)", {EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINTR, EINVAL, ENOMEM, ENOTCONN, ENOTSOCK}},
    {"shutdown(2)", {EBADF, EINVAL, ENOTCONN, ENOTSOCK}},
    {"getsockopt(2)", {EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK, EDOM, EBUSY}},
    {"sendfile(2)", {EAGAIN, EBADF, EFAULT, EINVAL, EIO, ENOMEM, EOVERFLOW, ESPIPE}},
    {"read(2)", {EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EIO, EISDIR}},
    {"write(2)",
     {EAGAIN, EBADF, EDESTADDRREQ, EDQUOT, EFAULT, EFBIG, EINTR, EINVAL, EIO, ENOSPC, EPERM,
      EPIPE}},
    {"epoll_create1(2), epoll_ctl(2), epoll_wait(2)",
     {EBADF, EEXIST, EFAULT, EINTR, EINVAL, ELOOP, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSPC, EPERM}},
    {"open(2)", {EACCES,  EBADF, EBUSY,      EDQUOT,       EEXIST, EFAULT, EFBIG,   EINTR,  EINVAL,
                 EISDIR,  ELOOP, EMFILE,     ENAMETOOLONG, ENFILE, ENODEV, ENOENT,  ENOMEM, ENOSPC,
                 ENOTDIR, ENXIO, EOPNOTSUPP, EOVERFLOW,    EPERM,  EROFS,  ETXTBSY, EXDEV,  E2BIG}},
    {"ioctl(2), netdevice(7)",
     {EBADF, EFAULT, EINVAL, ENOTTY, ENODEV, EPERM, EBUSY, EADDRNOTAVAIL, EBADFD, EEXIST,
      EOPNOTSUPP}},
    {"ip(7), tcp(7), udp(7)",
     {EAGAIN,       EALREADY,        ECONNABORTED, EHOSTUNREACH, EISCONN,    EMSGSIZE,
      ENOBUFS,      ENOENT,          ENOPKG,       ENOPROTOOPT,  EOPNOTSUPP, EPERM,
      EPIPE,        ESOCKTNOSUPPORT, EPFNOSUPPORT, EAFNOSUPPORT, EPROTOTYPE, ETIMEDOUT,
      ECONNREFUSED, ENETRESET,       ESHUTDOWN}},
    {"packet(7)",
     {EADDRNOTAVAIL, EFAULT, EINVAL, EMSGSIZE, ENETDOWN, ENOBUFS, ENODEV, ENOENT, ENOTCONN, ENXIO,
      EPERM}},
    {"unix(7)",
     {EADDRINUSE, EBADF, ECONNREFUSED, ECONNRESET, EFAULT, EINVAL, EISCONN, ENFILE, ENOENT, ENOMEM,
      ENOTCONN, EOPNOTSUPP, EPERM, EPIPE, EPROTONOSUPPORT, EPROTOTYPE, ESOCKTNOSUPPORT, ESRCH,
      ETOOMANYREFS}},
};

TEST(ErrnoCause, CoversEveryErrnoOfTheManuals) {
  for (const Manual& manual : manuals) {
    for (const int code : manual.codes) {
      EXPECT_NE(find_errno_cause(code), nullptr) << manual.page << ": errno " << code;
    }
  }
}

TEST(ErrnoCause, GivesEachErrnoASentenceOfItsOwn) {
  std::map<std::string, int> seen;
  for (const ErrnoCause& cause : errno_causes()) {
    const auto [other, is_new] = seen.emplace(cause.why, cause.code);
    EXPECT_TRUE(is_new) << "errno " << cause.code << " and " << other->second << ": " << cause.why;
  }
}

TEST(ErrnoCause, SpeaksInSentencesWithoutTheirFullStop) {
  for (const ErrnoCause& cause : errno_causes()) {
    for (const std::string part : {cause.why, cause.remedy}) {
      EXPECT_FALSE(part.ends_with('.')) << part;
      EXPECT_EQ(escape_terminal(part), part);
      EXPECT_FALSE(part.starts_with(' ') || part.ends_with(' ')) << part;
    }
    EXPECT_GE(std::string(cause.why).size(), 10u) << "errno " << cause.code;
  }
}

TEST(ErrnoCause, HasNothingForWhatIsNoErrno) {
  EXPECT_EQ(find_errno_cause(0), nullptr);
  EXPECT_EQ(find_errno_cause(-1), nullptr);
  EXPECT_EQ(find_errno_cause(4096), nullptr);
}

TEST(Error, DerivesTheFaultFromErrno) {
  const std::map<int, Fault> expected = {
      {ECONNREFUSED, Fault::refused},
      {EHOSTUNREACH, Fault::unreachable},
      {ENETUNREACH, Fault::unreachable},
      {EHOSTDOWN, Fault::unreachable},
      {ETIMEDOUT, Fault::timed_out},
      {ECONNRESET, Fault::closed},
      {EPIPE, Fault::closed},
      {ENOTCONN, Fault::closed},
      {ECONNABORTED, Fault::closed},
      {EACCES, Fault::permission},
      {EPERM, Fault::permission},
      {EMFILE, Fault::limit},
      {ENFILE, Fault::limit},
      {ENOBUFS, Fault::limit},
      {ENOMEM, Fault::limit},
      {EMSGSIZE, Fault::limit},
      {EPROTO, Fault::protocol},
      {ENOSPC, Fault::storage},
      {EROFS, Fault::storage},
      {ECANCELED, Fault::cancelled},
      {EADDRINUSE, Fault::system},
      {EINVAL, Fault::system},
  };
  for (const auto& [code, fault] : expected) {
    const Error error = Error::from_errno(code, "do it");
    EXPECT_EQ(name_of(error.fault()), name_of(fault)) << "errno " << code;
    EXPECT_EQ(error.code(), code);
  }
}

TEST(Error, ReadsAsThreeParts) {
  const Error error = Error::from_errno(ECONNREFUSED, "connect to").about("192.0.2.1:80");
  EXPECT_EQ(error.what(), "cannot connect to 192.0.2.1:80");
  EXPECT_EQ(error.why(), "it was refused: nothing listens there");
  EXPECT_EQ(error.remedy(), "check the port, and that the service is running");
  EXPECT_EQ(error.describe(),
            "error: cannot connect to 192.0.2.1:80\n"
            "  because: it was refused: nothing listens there\n"
            "  try: check the port, and that the service is running");
}

TEST(Error, LeavesOutARemedyItDoesNotHave) {
  const Error error = Error(Fault::cancelled, "read from").about("10.0.0.1:22");
  EXPECT_EQ(error.remedy(), "");
  EXPECT_EQ(error.describe(), "error: cannot read from 10.0.0.1:22\n  because: it was cancelled");
}

TEST(Error, ExplainsEveryFaultThatHasNoErrno) {
  std::set<std::string> reasons;
  std::set<std::string_view> names;
  constexpr int count = static_cast<int>(Fault::storage) + 1;
  for (int i = 0; i < count; ++i) {
    const auto fault = static_cast<Fault>(i);
    reasons.insert(Error(fault, "do it").why());
    names.insert(name_of(fault));
  }
  EXPECT_EQ(reasons.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(Error(Fault::timed_out, "read from").why(), "the deadline passed");
  EXPECT_EQ(name_of(Fault::timed_out), "timed_out");
}

TEST(Error, NamesTheNumberOfAnUnknownErrno) {
  EXPECT_EQ(Error::from_errno(3999, "do it").why(), "the kernel reported the unknown error 3999");
  // Known to the C library, absent from the table: no call of a network program returns it.
  const Error error = Error::from_errno(ECHILD, "do it");
  EXPECT_EQ(error.why(), "the kernel reported \"No child processes\" (error 10)");
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_EQ(error.remedy(), "");
}

TEST(Error, PrefersTheReasonAndTheRemedyOfTheCaller) {
  const Error plain = Error::from_errno(EADDRINUSE, "listen on");
  const Error told = plain.because("nginx (process 812) holds it");
  EXPECT_EQ(told.why(), "nginx (process 812) holds it");
  EXPECT_EQ(told.remedy(), "");
  EXPECT_EQ(told.code(), EADDRINUSE);
  EXPECT_EQ(told.advising("stop it").remedy(), "stop it");
  EXPECT_EQ(plain.advising("stop it").why(), plain.why());
  EXPECT_NE(plain.remedy(), "");
}

TEST(Error, CopiesAndLeavesTheOriginalAlone) {
  const Error plain(Fault::closed, "read from");
  const Error about = plain.about("a").about("b");
  EXPECT_EQ(plain.subject(), "");
  EXPECT_EQ(about.subject(), "b");
  EXPECT_EQ(plain.what(), "cannot read from");
}

TEST(Error, EscapesItsSubject) {
  const Error error = Error(Fault::resolve, "resolve").about("evil\x1b]0;title\x07\n\xe2\x80\xae");
  EXPECT_EQ(error.what(), "cannot resolve evil\\x1b]0;title\\x07\\n\\u{202e}");
}

TEST(Error, KeepsASubjectThatJustFits) {
  const std::string fits(48, 'x');
  EXPECT_EQ(Error(Fault::system, "open").about(fits).subject(), fits);
}

TEST(Error, CutsALongSubjectAndShowsIt) {
  const Error error = Error(Fault::system, "open").about(std::string(49, 'x'));
  EXPECT_EQ(error.subject(), std::string(45, 'x') + "…");
  EXPECT_EQ(Error(Fault::system, "open").about(std::string(100'000, 'x')).subject().size(), 48u);
}

TEST(Error, NeverCutsInsideACharacter) {
  const std::vector<std::string> characters = {"é", "€", "😀"};
  for (const std::string& character : characters) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::string subject(shift, 'x');
      while (subject.size() < 80) subject += character;
      const Error error = Error(Fault::system, "open").about(subject);
      EXPECT_TRUE(is_valid_utf8(error.subject()));
      EXPECT_TRUE(error.subject().ends_with("…"));
      EXPECT_LE(error.subject().size(), 48u);
      EXPECT_GE(error.subject().size(), 45u);
    }
  }
}

TEST(Error, TakesASubjectThatIsNoText) {
  const Error error = Error(Fault::system, "open").about(std::string(80, '\x80'));
  EXPECT_LE(error.subject().size(), 48u);
  EXPECT_TRUE(error.what().starts_with("cannot open \\x80\\x80"));
  EXPECT_TRUE(is_valid_utf8(error.what()));
}

}  // namespace
}  // namespace patchbay
