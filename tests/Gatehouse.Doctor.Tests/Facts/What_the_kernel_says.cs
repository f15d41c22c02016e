using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rounds;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Facts;

/// <summary>The real machine: processes that tests started, seen through <c>/proc</c>.</summary>
public sealed class What_the_kernel_says : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gatehouse-facts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_process_is_seen_with_its_words_its_environment_and_its_folder()
    {
        using ListeningChild child = await ListeningChild.StartAsync(_folder, "--config", "a b\nc", "", "");
        ProcessFact seen = new LinuxHost(TimeProvider.System).Processes.Single(p => p.Id == child.Id);

        seen.Name.ShouldBe("perl");
        Path.GetFileName(seen.Executable).ShouldNotBeNull().ShouldStartWith("perl");
        seen.Arguments[0].ShouldBe("/usr/bin/perl");
        seen.Arguments[^4..].ShouldBe(["--config", "a b\nc", "", ""]);
        seen.Environment.ShouldNotBeNull()["GATEHOUSE_TEST"].ShouldBe("a = b \"c\"\nd");
        seen.Environment["GATEHOUSE_EMPTY"].ShouldBe("");
        seen.WorkingDirectory.ShouldBe(_folder);
        seen.Root.ShouldBe("", "it is in no container");
        seen.Place.ShouldBe($"pid {child.Id} (perl)");
    }

    [Fact]
    public async Task Its_sockets_are_seen_those_of_IPv6_too()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this machine has no IPv6");
        using ListeningChild child = await ListeningChild.StartAsync(_folder);
        var host = new LinuxHost(TimeProvider.System);
        ProcessFact seen = host.Processes.Single(p => p.Id == child.Id);

        seen.Sockets.Where(static s => !s.IsUdp).Select(static s => s.EndPoint).ShouldBe(child.EndPoints, ignoreOrder: true);
        seen.Sockets.Where(static s => s.IsUdp).Select(static s => s.EndPoint).ShouldBe([child.Datagrams]);
        seen.Sockets.ShouldAllBe(s => !s.IsExposed && s.User == seen.User);
        seen.Sockets.ShouldBeSubsetOf(host.Sockets);
        host.Sockets.Select(static s => s.EndPoint.Port).ShouldBeInOrder();
    }

    [Fact]
    public void Nobodys_lock_keeps_it_out()
    {
        string path = Path.Combine(_folder, "elasticsearch.yml");
        File.WriteAllText(path, "a: 1");
        using FileStream locked = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None); // takes flock(2)'s lock for itself alone

        new LinuxHost(TimeProvider.System).Read(path).Bytes.ShouldBe("a: 1"u8.ToArray());
    }

    [Theory]
    [InlineData("/proc/kmsg")]
    [InlineData("/proc/self/environ")]
    [InlineData("/sys/kernel/notes")]
    [InlineData("/dev/zero")]
    [InlineData("/dev/tty")]
    public async Task What_is_no_file_of_a_disk_is_not_read(string target)
    {
        string path = Path.Combine(_folder, "link.yml");
        File.CreateSymbolicLink(path, target);

        FileContent content = await Task.Run(() => new LinuxHost(TimeProvider.System).Read(path), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        content.Bytes.ShouldBeNull();
        (content.IsMissing && File.Exists(target)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_pipe_is_not_waited_for()
    {
        string path = Path.Combine(_folder, "pipe.yml");
        Process.Start("mkfifo", path).WaitForExit();

        FileContent content = await Task.Run(() => new LinuxHost(TimeProvider.System).Read(path), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        content.Why.ShouldBe("it is no plain file");
    }

    [Fact]
    public void A_link_in_a_container_leads_to_a_place_in_the_container()
    {
        // A chroot would need rights: the path of a container's root is enough, and its links are followed from there.
        string root = $"/proc/{Environment.ProcessId}/root";
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        File.WriteAllText(Path.Combine(_folder, "data", "config"), "x");
        File.CreateSymbolicLink(Path.Combine(_folder, "absolute"), Path.Combine(_folder, "data", "config"));
        File.CreateSymbolicLink(Path.Combine(_folder, "relative"), "data/../data/config");
        File.CreateSymbolicLink(Path.Combine(_folder, "out"), "../../../../../../../../../.." + _folder + "/data");
        File.CreateSymbolicLink(Path.Combine(_folder, "loop"), Path.Combine(_folder, "loop"));

        ContainerPath.Resolve($"{root}{_folder}/absolute").ShouldBe($"{root}{_folder}/data/config");
        ContainerPath.Resolve($"{root}{_folder}/relative").ShouldBe($"{root}{_folder}/data/config");
        ContainerPath.Resolve($"{root}{_folder}/out/config").ShouldBe($"{root}{_folder}/data/config");
        ContainerPath.Resolve($"{root}/../../etc/passwd").ShouldBe($"{root}/etc/passwd");
        ContainerPath.Resolve($"{root}{_folder}/loop").ShouldBeNull();
        ContainerPath.Resolve($"{_folder}/absolute").ShouldBe($"{_folder}/absolute", "no container's");
        new LinuxHost(TimeProvider.System).Read($"{root}{_folder}/absolute").Bytes.ShouldBe("x"u8.ToArray());
        new LinuxHost(TimeProvider.System).Look($"{root}{_folder}/loop").ShouldBeNull();
    }

    [Fact]
    public async Task A_process_that_is_over_is_seen_no_more()
    {
        int id;
        using (ListeningChild child = await ListeningChild.StartAsync(_folder))
        {
            id = child.Id;
        }

        new LinuxHost(TimeProvider.System).Processes.ShouldNotContain(p => p.Id == id);
    }

    /// <summary>Folders of <c>/proc</c> vanish between one file and the next.</summary>
    [Fact]
    public async Task Processes_that_end_while_they_are_looked_at_break_nothing()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task churn = Task.Run(() => Churn(stop.Token), TestContext.Current.CancellationToken);
        int looks = 0, own = 0;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 100 && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2); i++)
        {
            ProcessFact[] seen = [.. new LinuxHost(TimeProvider.System).Processes];
            seen.ShouldAllBe(static p => p.Name.Length > 0 && p.Arguments.Length > 0);
            looks++;
            own += seen.Count(static p => p.Id == Environment.ProcessId);
        }

        await stop.CancelAsync();
        await churn;
        own.ShouldBe(looks, "every look saw the process of the test");
    }

    [Fact]
    public void Files_that_cannot_be_read_say_why()
    {
        var host = new LinuxHost(TimeProvider.System);
        string file = Path.Combine(_folder, "a");
        File.WriteAllText(file, "text");

        host.Read(file).Bytes.ShouldBe("text"u8.ToArray());
        host.Read(Path.Combine(_folder, "b")).IsMissing.ShouldBeTrue();
        host.Read(_folder).Why.ShouldBe("it is a folder");
        host.Read("/dev/zero").Why.ShouldBe("it is no plain file", "and it was not opened: it has no end");
        host.List(_folder).ShouldBe(["a"]);
        host.List(file).ShouldBeEmpty();
        host.Look(Path.Combine(_folder, "b")).ShouldBeNull();
        host.Look(file).ShouldNotBeNull().Status.IsFile.ShouldBeTrue();
        host.UserName(0).ShouldBe("root");
        host.Addresses.ShouldContain(IPAddress.Loopback);
    }

    [Fact]
    public void A_file_beyond_the_limit_is_not_kept()
    {
        string file = Path.Combine(_folder, "large");
        using (FileStream large = File.Create(file))
        {
            large.SetLength(FileContent.Limit + 1);
        }

        new LinuxHost(TimeProvider.System).Read(file).Why.ShouldBe("it is larger than 16 MiB");
    }

    [Fact]
    public async Task A_round_over_this_whole_machine_takes_less_than_five_seconds_and_breaks_nothing()
    {
        long start = Stopwatch.GetTimestamp();
        Examination round = await Round.MakeAsync(new LinuxHost(TimeProvider.System), AllDoctors.All, ExaminationRequest.WholeHost, [], null, prober: null, TestContext.Current.CancellationToken);

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        round.Host.ShouldBe(Environment.MachineName);
        round.Findings.ShouldAllBe(static f => !f.Text.Contains("please report it", StringComparison.Ordinal));
    }

    private static async Task Churn(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using Process? process = Process.Start(new ProcessStartInfo("/bin/true"));
            await (process?.WaitForExitAsync(CancellationToken.None) ?? Task.CompletedTask);
        }
    }
}
