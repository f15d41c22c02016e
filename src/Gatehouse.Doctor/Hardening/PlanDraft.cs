using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Hardening.Diffs;
using Gatehouse.Doctor.Texts;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Hardening;

/// <summary>A plan while it is made.</summary>
internal sealed class PlanDraft
{
    private const int LongestPassword = 4096;

    private readonly IHost _host;
    private readonly string _system;
    private readonly FileFact _main;
    private readonly List<FileChange> _files = [];
    private readonly List<CertificateWish> _certificates = [];
    private readonly List<string> _made = [];
    private readonly List<string> _steps = [];
    private readonly List<string> _after = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _overrides = [];
    private string? _gatePassword;

    /// <summary>Begins one.</summary>
    /// <param name="host">What can be seen.</param>
    /// <param name="system">The system's word.</param>
    /// <param name="found">Its main configuration file and its process.</param>
    /// <param name="user">Whom the administrator named as its user, or null.</param>
    /// <param name="units">Units that run it.</param>
    public PlanDraft(IHost host, string system, Installation found, string? user, params ReadOnlySpan<string> units)
    {
        string file = found.File;
        ProcessFact? process = found.Process;
        _host = host;
        _system = system;
        File = file;
        Process = process;
        _main = host.Look(file) is { Status.IsFile: true } there
            ? there
            : throw HardenProblems.Input.Exception($"there is no file `{file}`, or this user may not look there", "--file FILE says where it is");
        var unit = ServiceUnit.Find(host, units);
        Account = ServiceAccount.Find(host, user, found, unit, _main);
        Environment = process?.Environment is { } own ? EnvironmentVariables.Of(process.Place, own) : unit?.Environment(host);
        if (host.Look(Folder) is { Status: { } folder } && (folder.OthersWrite || (folder.GroupWrites && folder.Group != 0 && !Account.Groups.Contains(folder.Group))))
        {
            Warn($"others can write to the folder {Folder} (mode {folder.Octal}) and so replace every file in it: chmod go-w {Folder}");
        }
    }

    /// <summary>The main configuration file.</summary>
    public string File { get; }

    /// <summary>Its folder.</summary>
    public string Folder => Path.GetDirectoryName(File) ?? "/";

    /// <summary>The process, or null.</summary>
    public ProcessFact? Process { get; }

    /// <summary>Its environment as it runs, else as its unit gives it; null where neither is known.</summary>
    public EnvironmentVariables? Environment { get; }

    /// <summary>Who runs it.</summary>
    public ServiceAccount Account { get; }

    /// <summary>The time.</summary>
    public DateTimeOffset Now => _host.Now;

    /// <summary>A file that is only looked at, wherever it lies, or null.</summary>
    public byte[]? Seen(string path) => _host.Read(path).Bytes;

    /// <summary>Whether a file is part of the plan, or will be issued.</summary>
    public bool Has(string path) => _files.Exists(file => file.Path == path) || _certificates.Exists(wish => wish.Places.Any(place => place.Path == path));

    /// <summary>A file that must be there.</summary>
    /// <exception cref="ProblemException">GH8160; GH3003: it is a link.</exception>
    public byte[] Needed(string path) => PlainFiles.Read(_host, path) is { } content && content.Bytes is { } bytes
        ? bytes
        : throw HardenProblems.Input.Exception($"`{path}` cannot be read: {content.Why}", "run it as root, or --file FILE says where it is");

    /// <summary>A file that need not be there.</summary>
    /// <exception cref="ProblemException">GH8160: it is there and cannot be read; GH3003: it is a link.</exception>
    public byte[]? Optional(string path) => PlainFiles.Read(_host, path) is { IsMissing: false } content
        ? content.Bytes ?? throw HardenProblems.Input.Exception($"`{path}` cannot be read: {content.Why}", "run it as root")
        : null;

    /// <summary>A name beside the main file.</summary>
    public string Beside(string name) => Path.Combine(Folder, name);

    /// <summary>A file that was read and edited.</summary>
    public void Put(ConfigDocument before, ConfigDocument after) => Add(
        after.Source, before.ToBytes(), after.ToBytes(), SecretMask.Lines(before), SecretMask.Lines(after), RightsOf(after.Source));

    /// <summary>A file with secrets that the administrator needs and the service does not: of whom its folder is.</summary>
    public void PutApart(ConfigDocument? before, ConfigDocument after)
    {
        EnsureApart(after.Source);
        FileFact? folder = _host.Look(Path.GetDirectoryName(after.Source) ?? "/");
        var rights = new FileRights(0x180, folder?.Status.Owner ?? 0, folder?.Status.Group ?? 0); // 0600
        Add(after.Source, before?.ToBytes(), after.ToBytes(), before is null ? null : SecretMask.Lines(before), SecretMask.Lines(after), rights, isForService: false);
    }

    /// <summary>A text file that harden writes whole.</summary>
    /// <param name="path">Where.</param>
    /// <param name="text">Its text; no secret.</param>
    public void PutText(string path, string text)
    {
        byte[]? old = Optional(path);
        Add(path, old, Encoding.UTF8.GetBytes(text), old is null ? null : SecretMask.Lines(Encoding.UTF8.GetString(old)), SecretMask.Lines(text), RightsOf(path));
    }

    /// <summary>A file that is nothing but a secret; its content is never shown.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="rights">Its rights, or null for those of a file of the service.</param>
    public void PutSecret(string path, byte[] content, FileRights? rights = null) =>
        Add(path, Optional(path), content, null, null, rights ?? RightsOf(path), isForService: rights is null);

    /// <summary>The file that a gate reads a password of this service from: of whom its folder is, and nobody else's.</summary>
    /// <exception cref="ProblemException">GH8160, or GH8162: another file is there, which would be lost.</exception>
    public void PutGatePassword(string path, string password)
    {
        if (path == File || _files.Exists(file => file.Path == path) || _certificates.Exists(wish => wish.Places.Any(place => place.Path == path)))
        {
            throw Taken(path);
        }

        _gatePassword = path;
        if (_host.Look(path) is not null)
        {
            EnsurePassword(path, password);
        }

        FileFact folder = _host.Look(Path.GetDirectoryName(path) ?? "/")
            ?? throw HardenProblems.Input.Exception($"there is no folder for `{path}`", "mkdir -m 700, and give it to the user whom the gate runs as");
        PutSecret(path, Encoding.UTF8.GetBytes(password), new FileRights(0x180, folder.Status.Owner, folder.Status.Group)); // 0600
    }

    // What is replaced is a former password and nothing else. Beside the main file lie one-line files of the service's own, too.
    private void EnsurePassword(string path, string password)
    {
        if (_host.Look(path) is not { Status: { IsFile: true, Length: <= LongestPassword } } || Optional(path) is not { Length: <= LongestPassword } old)
        {
            throw NoPassword(path);
        }

        if (old.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(password)))
        {
            return;
        }

        ReadOnlySpan<byte> line = old.AsSpan().TrimEnd("\r\n"u8);
        bool isLine = !line.ContainsAnyInRange((byte)0, (byte)0x1f) && !line.StartsWith("{"u8) && !line.StartsWith("["u8);
        if (!isLine || path.StartsWith(Folder.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            throw NoPassword(path);
        }

        Warn($"{path} is there and is taken for a former password: it is replaced");
    }

    private static ProblemException NoPassword(string path) => HardenProblems.Wish.Exception(
        $"`{path}` is there, is not the gate's password, and would be lost", "--gate-password FILE with a file that is not there, or one line with the former password");

    private static ProblemException Taken(string path) => HardenProblems.Wish.Exception(
        $"`{path}` cannot hold the gate's password: it is a file of the installation", "--gate-password FILE with a file of its own");

    /// <summary>A file that stays as it is but for its rights; one of somebody else's stays as it is.</summary>
    public void Tighten(string path)
    {
        EnsureApart(path);
        if (_host.Look(path) is not null && !Account.Owns(_host, path, Folder))
        {
            Warn($"{path} is not {Account.Shown}'s, nor is its folder: nothing of it is changed, look at its rights yourself");
        }
        else if (Optional(path) is { } bytes)
        {
            Add(path, bytes, bytes, null, null, RightsOf(path));
        }
    }

    /// <summary>A certificate: made where none is there that does, else kept.</summary>
    public void Certificate(CertificateWish wish)
    {
        foreach ((string path, _) in wish.Places)
        {
            EnsureApart(path);
            Allow(path);
        }

        if (!CertificateCheck.IsGood(_host, wish, out string? why))
        {
            _certificates.Add(wish with { Why = why });
            return;
        }

        foreach ((string path, bool isPublic) in wish.Places)
        {
            byte[] bytes = Needed(path);
            Add(path, bytes, bytes, null, null, wish.RightsOf(isPublic));
        }
    }

    /// <summary>The rights of a file of the service; one that is new gets those of the main file.</summary>
    public FileRights RightsOf(string path) => Account.RightsOf(_host.Look(path) ?? _main);

    /// <summary>Keeps a secret that is good, takes one that was given, else makes one.</summary>
    /// <param name="name">What it is, for people.</param>
    /// <param name="current">What is there.</param>
    /// <param name="given">What was given.</param>
    /// <param name="fault">What is wrong with one, or null.</param>
    /// <param name="make">Makes one.</param>
    public string Secret(string name, string? current, string? given, Func<string?, string?> fault, Func<string> make)
    {
        if (given is not null)
        {
            return fault(given) is { } wrong ? throw HardenProblems.Wish.Exception($"the {name} that was given cannot be used: {wrong}") : given;
        }

        if (current is not null && fault(current) is null)
        {
            return current;
        }

        _made.Add(name);
        return make();
    }

    /// <summary>One thing more to be done by hand.</summary>
    public void Step(string text) => _steps.Add(text);

    /// <summary>One thing more, after those that put the plan in force.</summary>
    public void StepAfter(string text) => _after.Add(text);

    /// <summary>How certificates are renewed.</summary>
    /// <param name="then">What comes after it.</param>
    public void Renewal(string then) => Step(
        $"Certificates end after a year and are read once, at the start. Run the same command with --apply each week (a timer): what has less than 30 days left is issued anew, and else nothing is written (`backup` is null with --json). When something was, {then}. gatehouse status names what ends.");

    /// <summary>Something that stays open or may surprise.</summary>
    public void Warn(string text) => _warnings.Add(text);

    /// <summary>Names every hardened setting that the environment sets to something else.</summary>
    /// <param name="written">What the files say then.</param>
    /// <param name="effective">The same with the environment over it.</param>
    public void Compare(SettingTree written, SettingTree effective) =>
        Compare(written, effective, static setting => setting.Origin is { Variable: { } variable } origin ? $"the environment variable {variable} ({origin.Source})" : null);

    /// <summary>Names every hardened setting that a stronger file sets to something else.</summary>
    /// <param name="written">What the main file says then.</param>
    /// <param name="effective">The same with the stronger files over it.</param>
    /// <param name="stronger">The stronger files.</param>
    public void Compare(SettingTree written, SettingTree effective, IReadOnlyCollection<ConfigDocument> stronger) =>
        Compare(written, effective, setting => setting.Origin is { Variable: null } origin && stronger.Any(file => file.Source == origin.Source) ? $"line {origin.Line} of {origin.Source}" : null);

    /// <summary>Something that takes back what the files say.</summary>
    public void Override(string text) => _overrides.Add(text);

    /// <summary>The plan.</summary>
    public HardenPlan ToPlan() => new()
    {
        System = _system,
        Subject = File,
        Account = Account,
        Files = [.. _files],
        Certificates = [.. _certificates],
        Made = [.. _made],
        Steps = [.. _steps, .. _after],
        Warnings = [.. _warnings],
        Overrides = [.. _overrides.Distinct(StringComparer.Ordinal)],
    };

    private void Compare(SettingTree written, SettingTree effective, Func<Setting, string?> who)
    {
        foreach (Setting setting in effective.Leaves())
        {
            Setting own = written.Find(setting.Path);
            bool isItem = !own.IsSet && setting.Path.Depth > 0 && written.Find(setting.Path.Parent) is { IsSet: true, Kind: SettingKind.List };
            if ((isItem || (own.IsSet && (own.Kind != setting.Kind || own.Text != setting.Text))) && who(setting) is { } culprit)
            {
                Override($"{culprit} takes back {(isItem ? setting.Path.Parent : setting.Path)}");
            }
        }
    }

    private void Add(string path, byte[]? old, byte[] content, ImmutableArray<string>? oldLines, ImmutableArray<string>? newLines, FileRights rights, bool isForService = true)
    {
        if (isForService)
        {
            EnsureApart(path);
            Allow(path);
        }

        _files.Add(new FileChange
        {
            Path = path,
            Old = old,
            OldRights = _host.Look(path) is { } fact ? FileRights.Of(fact.Status) : null,
            New = content,
            OldLines = oldLines,
            NewLines = newLines,
            Rights = rights,
            IsForService = isForService,
        });
    }

    private void EnsureApart(string path)
    {
        if (path == _gatePassword)
        {
            throw Taken(path);
        }
    }

    // The path may be the word of a configuration that the service itself can change: root would write wherever it says.
    private void Allow(string path)
    {
        if (!Account.Owns(_host, path, Folder))
        {
            throw HardenProblems.NotPossible.Exception(
                $"harden does not write `{path}` for {Account.Shown}: it, or its folder where that is not {Folder}, is somebody else's", "move it beside the main file, or give it to the service's user");
        }
    }
}
