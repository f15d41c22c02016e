using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests;

public sealed class SecretFileTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public void What_is_written_is_read_and_has_mode_0600()
    {
        using TemporaryFolder folder = new();
        SecretFile.Write(folder["s"], "first"u8);
        SecretFile.Write(folder["s"], "second"u8);

        SecretFile.Read(folder["s"]).ShouldBe("second"u8.ToArray());
        File.GetUnixFileMode(folder["s"]).ShouldBe(Private);
        Directory.GetFiles(folder.Path).ShouldBe([folder["s"]], "no temporary file stays behind");
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.UserExecute)]
    public void A_wider_file_is_refused_with_the_line_that_narrows_it(UnixFileMode more)
    {
        using TemporaryFolder folder = new();
        SecretFile.Write(folder["s"], "x"u8);
        File.SetUnixFileMode(folder["s"], Private | more);

        Problem problem = Should.Throw<ProblemException>(() => SecretFile.Read(folder["s"])).Problem;
        problem.Definition.ShouldBe(TrustProblems.FileTooWide);
        problem.Hint.ShouldBe("chmod 600 " + folder["s"]);
        Should.Throw<ProblemException>(() => SecretFile.Check(folder["s"])).Problem.Id.ShouldBe("GH3001");
    }

    [Fact]
    public async Task A_file_of_another_user_is_refused_with_the_line_that_takes_it_over()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give files away");
        using TemporaryFolder folder = new();
        SecretFile.Write(folder["it's"], "x"u8);
        (await folder.RunAsync("chown", "12345", "it's")).Code.ShouldBe(0);

        Problem problem = Should.Throw<ProblemException>(() => SecretFile.Read(folder["it's"])).Problem;
        problem.Definition.ShouldBe(TrustProblems.FileOwnedByAnother);
        problem.Hint.ShouldBe($"chown 0 '{folder.Path}/it'\\''s'", "the line works as printed");
    }

    [Fact]
    public void Links_and_folders_are_no_private_files()
    {
        using TemporaryFolder folder = new();
        SecretFile.Write(folder["real"], "x"u8);
        File.CreateSymbolicLink(folder["link"], folder["real"]);
        Directory.CreateDirectory(folder["dir"]);

        Should.Throw<ProblemException>(() => SecretFile.Read(folder["link"])).Problem.Id.ShouldBe("GH3003");
        Should.Throw<ProblemException>(() => SecretFile.Write(folder["link"], "y"u8)).Problem.Id.ShouldBe("GH3003");
        Should.Throw<ProblemException>(() => SecretFile.Read(folder["dir"])).Problem.Id.ShouldBe("GH3003");
        SecretFile.Read(folder["real"]).ShouldBe("x"u8.ToArray());
    }

    [Fact]
    public void A_missing_file_is_null_or_a_problem()
    {
        using TemporaryFolder folder = new();
        SecretFile.ReadIfExists(folder["no"]).ShouldBeNull();
        Should.Throw<ProblemException>(() => SecretFile.Read(folder["no"])).Problem.Id.ShouldBe("GH3004");
        Should.Throw<ProblemException>(() => SecretFile.Write(folder["no/s"], "x"u8)).Problem.Id.ShouldBe("GH3005");
    }

    [Fact]
    public async Task A_full_disk_is_named_and_the_old_content_stays()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["disk"]);
        Assert.SkipUnless((await folder.RunAsync("mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", "disk")).Code == 0, "a small disk needs the right to mount");
        try
        {
            SecretFile.Write(folder["disk/s"], "old"u8);
            ProblemException fault = Should.Throw<ProblemException>(() => SecretFile.Write(folder["disk/s"], new byte[100_000]));

            fault.Problem.Definition.ShouldBe(TrustProblems.FileUnwritable);
            fault.Message.ShouldContain("the disk is full");
            SecretFile.Read(folder["disk/s"]).ShouldBe("old"u8.ToArray());
            Directory.GetFiles(folder["disk"]).Length.ShouldBe(1);
        }
        finally
        {
            await folder.RunAsync("umount", "disk");
        }
    }

    [Fact]
    public void Folders_are_made_private_and_wider_ones_refused()
    {
        using TemporaryFolder folder = new();
        PrivateFolder.Ensure(folder["a/b"]);
        File.GetUnixFileMode(folder["a/b"]).ShouldBe(Private | UnixFileMode.UserExecute);

        File.SetUnixFileMode(folder["a/b"], Private | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        Problem problem = Should.Throw<ProblemException>(() => PrivateFolder.Ensure(folder["a/b"])).Problem;
        problem.Hint.ShouldBe("chmod 700 " + folder["a/b"]);
        PrivateFolder.EnsureGuarded(folder["a/b"]);

        Directory.CreateSymbolicLink(folder["l"], folder["a"]);
        Should.Throw<ProblemException>(() => PrivateFolder.Ensure(folder["l/"])).Problem.Id.ShouldBe("GH3003");
    }
}
