// The least that a relay between two TUN devices can be: read here, write there, no more.
//
//   bare_relay NS1 NS2 MTU      198.18.0.1 in NS1, 198.18.0.2 in NS2; ends by a signal
//
// A namespace is named by the id of a process in it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::exit(1);
}

sockaddr ipv4(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, text, &address.sin_addr);
  sockaddr any{};
  std::memcpy(&any, &address, sizeof any);
  return any;
}

int open_tun(const char* space, const char* address, int mtu) {
  const std::string path = "/proc/" + std::string(space) + "/ns/net";
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int there = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  expect(home >= 0 && there >= 0 && ::setns(there, CLONE_NEWNET) == 0, space);
  const int tun = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  std::strcpy(request.ifr_name, "bare0");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  expect(tun >= 0 && ::ioctl(tun, TUNSETIFF, &request) == 0, "/dev/net/tun");
  const int control = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  request.ifr_addr = ipv4(address);
  expect(::ioctl(control, SIOCSIFADDR, &request) == 0, "address");
  request.ifr_addr = ipv4("255.255.255.252");
  expect(::ioctl(control, SIOCSIFNETMASK, &request) == 0, "netmask");
  request.ifr_mtu = mtu;
  expect(::ioctl(control, SIOCSIFMTU, &request) == 0, "mtu");
  request.ifr_qlen = 5000;
  expect(::ioctl(control, SIOCSIFTXQLEN, &request) == 0, "queue");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  expect(::ioctl(control, SIOCSIFFLAGS, &request) == 0, "up");
  expect(::setns(home, CLONE_NEWNET) == 0, "setns");
  ::close(control);
  ::close(home);
  ::close(there);
  return tun;
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  const int mtu = std::atoi(words[3]);
  const int ends[2] = {open_tun(words[1], "198.18.0.1", mtu),
                       open_tun(words[2], "198.18.0.2", mtu)};
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (const int end : {0, 1}) {
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = end}};
    expect(::epoll_ctl(poll, EPOLL_CTL_ADD, ends[end], &event) == 0, "epoll");
  }
  std::vector<char> packet(65'536);
  std::puts("ready");
  std::fflush(stdout);
  for (;;) {
    epoll_event events[2];
    const int ready = ::epoll_wait(poll, events, 2, -1);
    for (int i = 0; i < ready; ++i) {
      const int from = ends[events[i].data.fd], to = ends[1 - events[i].data.fd];
      ssize_t size;
      while ((size = ::read(from, packet.data(), packet.size())) > 0) {
        [[maybe_unused]] const ssize_t sent =
            ::write(to, packet.data(), static_cast<std::size_t>(size));
      }
    }
  }
}
