using System.Diagnostics;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Applying;
using Gatehouse.Doctor.Hardening.Ipfs;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>Plans written to a disk, all or nothing, and taken back byte for byte.</summary>
public sealed class Harden_apply_and_undo : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void There_and_back_again_byte_for_byte()
    {
        _folder.Write("service.json", Planned.Fixture("ipfs-cluster-open.json").ReplaceLineEndings("\r\n"), "0664");
        _folder.Write("identity.json", "{}", "0644");
        string before = _folder.State();
        var wishes = new HardenWishes { File = _folder.Etc, Peers = ["self"], GatePassword = _folder.In("gate.pass") };

        HardenRun.Apply(Plan(wishes), [], _folder.Backups, Now).ShouldNotBeNull();

        string after = _folder.State();
        after.ShouldNotBe(before);
        after.ShouldContain("identity.json 0600");
        after.ShouldContain("service.json 0600");
        after.ShouldContain("gate.pass 0600");
        Plan(wishes).IsDone.ShouldBeTrue();
        HardenRun.Apply(Plan(wishes), [], _folder.Backups, Now).ShouldBeNull();
        _folder.State().ShouldBe(after);

        HardenRun.Undo("ipfs-cluster", _folder.In("service.json"), _folder.Backups, isForced: false).Length.ShouldBe(3);
        _folder.State().ShouldBe(before);
        Refused(() => HardenRun.Undo("ipfs-cluster", _folder.In("service.json"), _folder.Backups, isForced: false)).Id.ShouldBe("GH8167");
    }

    [Fact]
    public void Two_runs_are_undone_one_after_the_other()
    {
        _folder.Write("service.json", "one");
        string first = _folder.State();
        Apply(_folder.Change("service.json", "two"));
        string second = _folder.State();
        Apply(_folder.Change("service.json", "three"));

        Undo();
        _folder.State().ShouldBe(second);
        Undo();
        _folder.State().ShouldBe(first);
    }

    [Fact]
    public void Backups_are_private_and_hold_the_bytes_and_rights()
    {
        _folder.Write("service.json", "old", "0640");

        string backup = Apply(_folder.Change("service.json", "new"))!;

        Mode(_folder.Backups).ShouldBe("0700");
        Mode(backup).ShouldBe("0700");
        Directory.GetFiles(backup).ShouldAllBe(static file => Mode(file) == "0600");
        File.ReadAllText(Path.Combine(backup, "000.old")).ShouldBe("old");
        File.ReadAllText(Path.Combine(backup, "manifest.json")).ShouldSatisfyAllConditions(
            static text => text.ShouldContain("\"state\": \"applied\""),
            static text => text.ShouldContain("\"mode\": 416")); // 0640
    }

    [Fact]
    public void A_write_that_fails_at_the_end_takes_back_the_ones_before()
    {
        _folder.Write("a.conf", "a", "0644");
        _folder.Write("c.conf", "c", "0640");
        string before = _folder.State();
        HardenPlan plan = _folder.Plan(_folder.Change("a.conf", "A"), _folder.Change("b.conf", "B"), _folder.Change("c.conf", "C"));

        // A folder in the place of the last file, at the last moment: no rename goes there.
        Problem problem = Refused(() => HardenRun.Apply(plan, [], _folder.Backups, Now, path =>
        {
            if (path.EndsWith("c.conf", StringComparison.Ordinal))
            {
                File.ReadAllText(_folder.In("a.conf")).ShouldBe("A");
                File.Delete(path);
                Directory.CreateDirectory(path);
            }
        }));

        problem.Id.ShouldBe("GH8164");
        Directory.Delete(_folder.In("c.conf"));
        _folder.Write("c.conf", "c", "0640");
        _folder.State().ShouldBe(before);
        Refused(Undo).Id.ShouldBe("GH8167");
    }

    [Fact]
    public void A_file_that_changed_since_the_plan_stops_everything()
    {
        _folder.Write("a.conf", "a");
        _folder.Write("b.conf", "b");
        HardenPlan plan = _folder.Plan(_folder.Change("a.conf", "A"), _folder.Change("b.conf", "B"));
        _folder.Write("b.conf", "somebody else");
        string before = _folder.State();

        Refused(() => HardenRun.Apply(plan, [], _folder.Backups, Now)).ShouldSatisfyAllConditions(
            static p => p.Id.ShouldBe("GH8166"),
            static p => p.Text.ShouldContain("b.conf"));
        _folder.State().ShouldBe(before);
    }

    [Theory]
    [InlineData("content")]
    [InlineData("mode")]
    [InlineData("gone")]
    public void Undoing_what_was_changed_since_is_refused_and_can_be_forced(string how)
    {
        _folder.Write("a.conf", "a");
        _folder.Write("b.conf", "b");
        string before = _folder.State();
        Apply(_folder.Change("a.conf", "A"), _folder.Change("b.conf", "B"), _folder.Change("c.conf", "C"));
        switch (how)
        {
            case "content":
                _folder.Write("b.conf", "mine", "0600");
                break;
            case "mode":
                File.SetUnixFileMode(_folder.In("b.conf"), UnixFileMode.UserRead);
                break;
            default:
                File.Delete(_folder.In("b.conf"));
                break;
        }

        string changed = _folder.State();
        Refused(Undo).ShouldSatisfyAllConditions(
            static p => p.Id.ShouldBe("GH8166"),
            static p => p.Text.ShouldContain("b.conf"),
            static p => p.Text.ShouldNotContain("a.conf"),
            static p => p.Hint!.ShouldContain("--force"));
        _folder.State().ShouldBe(changed);

        HardenRun.Undo("ipfs-cluster", _folder.In("service.json"), _folder.Backups, isForced: true).Length.ShouldBe(3);
        _folder.State().ShouldBe(before);
    }

    [Fact]
    public void A_run_that_ended_in_its_middle_is_undone_before_anything_else()
    {
        _folder.Write("a.conf", "a");
        _folder.Write("b.conf", "b");
        string before = _folder.State();
        HardenPlan plan = _folder.Plan(_folder.Change("a.conf", "A"), _folder.Change("b.conf", "B"));
        Should.Throw<InvalidOperationException>(() => HardenRun.Apply(plan, [], _folder.Backups, Now, static path =>
        {
            if (path.EndsWith("b.conf", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("the power is gone");
            }
        }));
        File.ReadAllText(_folder.In("a.conf")).ShouldBe("A");

        Refused(() => HardenRun.Apply(_folder.Plan(_folder.Change("b.conf", "B")), [], _folder.Backups, Now)).Id.ShouldBe("GH8168");
        Undo().ShouldBe([_folder.In("a.conf")]);
        _folder.State().ShouldBe(before);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_run_left_behind_goes_and_nothing_that_only_looks_like_it(bool isUndone)
    {
        _folder.Write("a.conf", "a");
        string before = _folder.State();
        if (isUndone)
        {
            Should.Throw<InvalidOperationException>(() => HardenRun.Apply(
                _folder.Plan(_folder.Change("a.conf", "A")), [], _folder.Backups, Now, static _ => throw new InvalidOperationException("the power is gone")));
        }

        _folder.Write(".a.conf.0123456789abcdef.tmp", "staged");
        _folder.State().ShouldNotBe(before);
        string other = _folder.Write(".a.conf.0123456789ABCDEF.tmp", "somebody's own");
        if (isUndone)
        {
            Undo();
        }
        else
        {
            Apply(_folder.Change("a.conf", "A"));
        }

        File.ReadAllText(other).ShouldBe("somebody's own");
        File.Delete(other);
        _folder.State().Split('\n').Length.ShouldBe(1);
    }

    [Fact]
    public void Links_hard_links_folders_and_places_that_are_not_there_are_refused_and_nothing_changes()
    {
        _folder.Write("real.conf", "real");
        _folder.Write("plain.conf", "plain");
        _folder.Write("twice.conf", "twice");
        File.CreateSymbolicLink(_folder.In("link.conf"), _folder.In("real.conf"));
        Process.Start("ln", [_folder.In("twice.conf"), _folder.In("again.conf")]).WaitForExit();
        Directory.CreateDirectory(_folder.In("folder.conf"));
        string before = _folder.State();
        FileChange good = _folder.Change("plain.conf", "PLAIN");

        Refused(() => Apply(good, _folder.Change("link.conf", "x"))).Id.ShouldBe("GH3003");
        Refused(() => Apply(good, _folder.Change("twice.conf", "x"))).ShouldSatisfyAllConditions(static p => p.Id.ShouldBe("GH3003"), static p => p.Text.ShouldContain("hard links"));
        Refused(() => Apply(good, _folder.Change("folder.conf", "x"))).Id.ShouldBe("GH3003");
        Refused(() => Apply(good, _folder.Change("missing/new.conf", "x"))).ShouldSatisfyAllConditions(static p => p.Id.ShouldBe("GH3005"), static p => p.Text.ShouldContain("missing"));
        Refused(() => Apply(good, good with { Path = "/proc/sys/kernel/gatehouse.conf", Old = null })).Id.ShouldBe("GH3005");

        _folder.State().ShouldBe(before);
        Directory.Exists(_folder.Backups).ShouldBeFalse();
    }

    [Fact]
    public void A_folder_behind_a_link_is_the_real_one()
    {
        _folder.Write("service.json", "old");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "alias"), "etc");
        string alias = Path.Combine(_folder.Path, "alias", "service.json");

        Apply(_folder.Change("service.json", "new") with { Path = alias });

        File.ReadAllText(_folder.In("service.json")).ShouldBe("new");
        using var pinned = PinnedFolder.Open(Path.GetDirectoryName(alias)!);
        pinned.Path.ShouldBe(_folder.Etc);
    }

    [Fact]
    public void A_backup_that_others_could_have_written_is_not_put_back()
    {
        _folder.Write("service.json", "old");
        string backup = Apply(_folder.Change("service.json", "new"))!;
        File.WriteAllText(Path.Combine(backup, "000.old"), "evil");
        Refused(Undo).Id.ShouldBe("GH8167");

        File.SetUnixFileMode(backup, (UnixFileMode)Convert.ToInt32("0777", 8));
        Refused(Undo).Id.ShouldBe("GH3001");
        File.ReadAllText(_folder.In("service.json")).ShouldBe("new");
    }

    [Fact]
    public void A_link_of_somebody_else_on_the_way_leads_nowhere()
    {
        Assert.SkipUnless(PinnedFolder.EffectiveUser == 0, "needs root, to make links of others");
        string own = Path.Combine(_folder.Path, "own"), others = Path.Combine(_folder.Path, "others"), open = Path.Combine(_folder.Path, "open");
        Directory.CreateDirectory(open);
        File.SetUnixFileMode(open, (UnixFileMode)Convert.ToInt32("0777", 8));
        foreach (string link in new[] { own, others, Path.Combine(open, "link") })
        {
            File.CreateSymbolicLink(link, _folder.Etc);
        }

        using (Process chown = Process.Start("chown", ["-h", "65534:65534", others]))
        {
            chown.WaitForExit();
        }

        using (PinnedFolder there = PinnedFolder.Open(own))
        {
            there.Path.ShouldBe(_folder.Etc);
        }

        Should.Throw<ProblemException>(() => PinnedFolder.Open(others)).Problem.ShouldSatisfyAllConditions(static p => p.Id.ShouldBe("GH3005"), static p => p.Text.ShouldContain("link"));
        Should.Throw<ProblemException>(() => PinnedFolder.Open(Path.Combine(others, "deeper"))).Problem.Id.ShouldBe("GH3005");
        Should.Throw<ProblemException>(() => PinnedFolder.Open(Path.Combine(open, "link"))).Problem.Id.ShouldBe("GH3005");
    }

    [Fact]
    public async Task Owners_are_set_proven_and_put_back_by_root()
    {
        Assert.SkipUnless(PinnedFolder.EffectiveUser == 0 && File.Exists("/usr/bin/setpriv"), "needs root and setpriv");
        const uint Nobody = 65534;
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)Convert.ToInt32("0755", 8));
        _folder.Write("service.json", """{"consensus": {"crdt": {"trusted_peers": []}}}""", "0600");
        string before = _folder.State();
        var wishes = new HardenWishes { File = _folder.Etc, User = $"{Nobody}" };

        HardenPlan plan = Plan(wishes);
        plan.Account.User.ShouldBe(Nobody);
        HardenRun.Apply(plan, [], _folder.Backups, Now);

        FileStatus.TryRead(_folder.In("service.json"), out FileStatus status, out _).ShouldBeTrue();
        (status.Owner, status.Octal).ShouldBe((Nobody, "0600"));
        (await SeenAsync(Plan(wishes))).ShouldAllBe(static thing => thing.IsFine == true);

        // Its own file, but the way to it is closed.
        File.SetUnixFileMode(_folder.Etc, (UnixFileMode)Convert.ToInt32("0700", 8));
        (await SeenAsync(Plan(wishes))).ShouldContain(static thing => thing.IsFine == false && thing.Text.Contains("cannot read it"));
        File.SetUnixFileMode(_folder.Etc, (UnixFileMode)Convert.ToInt32("0755", 8));

        Undo();
        _folder.State().ShouldBe(before);
        (await SeenAsync(Plan(wishes))).ShouldContain(static thing => thing.IsFine == false);
    }

    [Fact]
    public async Task Verifying_says_what_is_not_as_it_shall_be()
    {
        _folder.Write("service.json", Planned.Fixture("ipfs-cluster-open.json"));
        _folder.Write("identity.json", "{}", "0644");
        var wishes = new HardenWishes { File = _folder.Etc, Peers = ["self"], GatePassword = _folder.In("gate.pass") };

        string[] seen = [.. (await SeenAsync(Plan(wishes))).Select(static thing => $"{Path.GetFileName(thing.Subject)} {thing.IsFine} {thing.Text}")];

        seen.ShouldContain(static line => line.StartsWith("service.json False") && line.Contains("lines are not as they shall be"));
        seen.ShouldContain("gate.pass False it is missing");
        seen.ShouldContain(static line => line.StartsWith("identity.json False mode 0644"));
    }

    private static async Task<VerifiedThing[]> SeenAsync(HardenPlan plan) => [.. await Verification.LookAsync(plan, new ReadingProof(), TestContext.Current.CancellationToken)];

    private static string Mode(string path) => FileStatus.TryRead(path, out FileStatus status, out _) ? status.Octal : "";

    private static HardenPlan Plan(HardenWishes wishes) => new IpfsClusterHardener().Plan(new LinuxHost(TimeProvider.System), wishes, new SystemSecrets());

    private static Problem Refused(Action work) => Should.Throw<ProblemException>(work).Problem;

    private static Problem Refused(Func<object?> work) => Should.Throw<ProblemException>(() => { work(); }).Problem;

    private string? Apply(params FileChange[] changes) => HardenRun.Apply(_folder.Plan(changes), [], _folder.Backups, Now);

    private string[] Undo() => [.. HardenRun.Undo("ipfs-cluster", _folder.In("service.json"), _folder.Backups, isForced: false)];
}
