using System.Collections.Immutable;
using System.CommandLine;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Gatehouse.App.Client;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Reports;
using Gatehouse.Doctor.Rounds;
using Gatehouse.Doctor.Rules;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Problems.Hints;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Doctor;

/// <summary><c>gatehouse doctor</c>: what is open on this host, with the daemon up, down or never started.</summary>
internal sealed class DoctorCommand
{
    private const string Table = "table";

    private readonly Argument<string[]> _files = new("FILE") { Description = "configuration files or folders to look at; none: whatever runs here, and the usual places", Arity = ArgumentArity.ZeroOrMore, DefaultValueFactory = static _ => [] };
    private readonly Option<string> _format = new("--format") { Description = $"{Table}, {string.Join(", ", ReportFormat.Names)}", HelpName = "NAME", DefaultValueFactory = static _ => Table };
    private readonly Option<string?> _out = new("--out") { Description = "write the report to a file", HelpName = "FILE" };
    private readonly Option<string> _failOn = new("--fail-on") { Description = "exit code 1 from this severity on: info, low, medium, high, critical", HelpName = "SEVERITY", DefaultValueFactory = static _ => "low" };
    private readonly Option<string?> _accept = new("--accept") { Description = "file of risks that are accepted, each with a reason and an end", HelpName = "FILE" };
    private readonly Option<string?> _history = new("--history") { Description = "file that keeps what was found, for the next look to compare", HelpName = "FILE" };
    private readonly Option<bool> _all = new("--all") { Description = "also what is only worth knowing, not known, or accepted" };
    private readonly Option<bool> _noProbe = new("--no-probe") { Description = "ask no port, not even of this host" };
    private readonly Option<bool> _noLogin = new("--no-login") { Description = "try no password or cookie that everybody knows" };
    private readonly Option<bool> _watch = new("--watch") { Description = "look again and again, and say what has changed" };
    private readonly Option<int> _every = new("--every") { Description = "with --watch: seconds between looks", HelpName = "N", DefaultValueFactory = static _ => 10 };

    // Over all looks of a run, so that none is tried twice.
    private readonly TriedPairs _tried = new();

    private DoctorCommand()
    {
        _format.AcceptOnlyFromAmong([Table, .. ReportFormat.Names]);
        _failOn.AcceptOnlyFromAmong("info", "low", "medium", "high", "critical");
    }

    public static Command Create(CommandTree tree)
    {
        var command = new DoctorCommand();
        return tree.Make(
            "doctor",
            "find what is open in configuration files, processes and ports of this host\nexample: gatehouse doctor /etc/elasticsearch",
            command.RunAsync,
            [command._files, command._format, command._out, command._failOn, command._accept, command._history, command._all, command._noProbe, command._noLogin, command._watch, command._every]);
    }

    /// <summary>Shows the page of a check; false where there is no such check.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Explains(CommandContext context, string id)
    {
        if (CheckPage.Find(id) is not { } page)
        {
            return false;
        }

        if (context.IsJson)
        {
            context.PrintJson(ReportFormat.Write(page));
        }
        else
        {
            DoctorText.Write(context.Screen, page);
        }

        return true;
    }

    // Apart, so that no other command loads what it needs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        int every = context.Value(_every);
        if (every is < 1 or > 86_400)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "--every is 1 to 86400 seconds");
        }

        ImmutableArray<AcceptedRisk> accepted = context.Value(_accept) is { } file ? Accepted(file) : [];
        var request = new ExaminationRequest([.. context.Value(_files).Select(named => Existing(context, named))]);
        LastRound? last = Last(context);
        Examination examination = await LookAsync(context, request, accepted, last, cancellation);
        EnsureSeen(context, request, examination);
        EnsureApart(context, request, examination);
        Keep(context, examination);
        Give(context, examination);
        while (context.Value(_watch))
        {
            Examination before = examination;
            last = LastRound.Of(examination);
            await Task.Delay(TimeSpan.FromSeconds(every), cancellation);
            examination = await LookAsync(context, request, accepted, last, cancellation);
            if (examination.Trend is { New.IsEmpty: false } or { Gone.IsEmpty: false } || !examination.Blind.SequenceEqual(before.Blind))
            {
                foreach (string gone in request.Files.Where(static named => !File.Exists(named) && !Directory.Exists(named)))
                {
                    context.Screen.Problem($"{AdministrationProblems.NotFound.Id} `{gone}` is gone");
                }

                Keep(context, examination);
                Give(context, examination);
            }
        }

        // Where something was found it could look; where nothing was, it matters whether it could.
        return examination.HasOpen(Enum.Parse<Severity>(context.Value(_failOn)!, ignoreCase: true)) ? ExitCodes.Findings
            : examination.Blind.IsEmpty ? ExitCodes.Fine
            : ExitCodes.CannotRun;
    }

    private async Task<Examination> LookAsync(
        CommandContext context, ExaminationRequest request, ImmutableArray<AcceptedRisk> accepted, LastRound? last, CancellationToken cancellation)
    {
        var host = new LinuxHost(TimeProvider.System);
        Prober? prober = context.Value(_noProbe) ? null : new Prober([.. host.Addresses], context.Value(_noLogin) ? null : _tried);
        return await Round.MakeAsync(host, AllDoctors.Make(), request, accepted, last, prober, cancellation);
    }

    // What was named and is nobody's must not look as if it were fine.
    private static void EnsureSeen(CommandContext context, ExaminationRequest request, Examination examination)
    {
        string[] nobodys = [.. request.Files.Where(file => !examination.Systems.Any(system => system.IsOf(file)) && !IsSeenAt(examination, evidence => ExaminedSystem.IsAt(evidence.Place, file)))];
        const string Names = "files are known by their names: elasticsearch.yml, opensearch.yml, kibana.yml, emqx.conf, ignite-config.conf, service.json, config (of Kubo), ...";
        if (nobodys.Length > 0 && examination.Systems.IsEmpty)
        {
            throw CommandFailure.CannotRun(DoctorProblems.NothingThere, $"`{nobodys[0]}` is no file of a guarded system, and holds none", Names);
        }

        foreach (string file in nobodys)
        {
            context.Screen.Problem($"{DoctorProblems.NothingThere.Id} `{file}` is no file of a guarded system, and holds none ({Names})");
        }
    }

    // A report in place of what it is about would be the last one of it.
    private void EnsureApart(CommandContext context, ExaminationRequest request, Examination examination)
    {
        foreach (Option<string?> option in (Option<string?>[])[_out, _history])
        {
            string? path = context.Value(option) is { } named ? Path.GetFullPath(named) : null;
            if (path is not null
                && (request.Files.Contains(path) || examination.Systems.Any(system => system.Subject == path || system.Files.Contains(path)) || IsSeenAt(examination, evidence => evidence.Place == path)))
            {
                throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{path}` is looked at, and would be replaced", $"{option.Name} with another file");
            }
        }
    }

    private static bool IsSeenAt(Examination examination, Func<Evidence, bool> isIt) => examination.Findings.Any(finding => finding.Evidence.Any(isIt));

    private void Give(CommandContext context, Examination examination)
    {
        foreach (BlindSpot blind in examination.Blind)
        {
            context.Screen.Problem($"{DoctorProblems.NotSeen.Id} {blind}");
        }

        string format = context.IsJson ? "json" : context.Value(_format)!; // it has a default
        string? file = context.Value(_out);
        if (format == Table && file is not null)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "--out needs a format", $"--format {string.Join('|', ReportFormat.Names)}");
        }

        if (format == Table)
        {
            DoctorText.Write(context.Screen, examination, context.Value(_all), isNamed: context.Value(_files).Length > 0);
            return;
        }

        byte[] report = ReportFormat.Write(examination, format, VersionOf());
        if (file is not null)
        {
            SecretFile.Write(file, report);
            context.Screen.Problem($"{Path.GetFullPath(file)} is written");
        }
        else if (format == "json")
        {
            context.PrintJson(report);
        }
        else
        {
            context.Screen.Output.Write(Encoding.UTF8.GetString(report));
        }
    }

    // What was found is nobody else's business, and a look that cannot be kept is still a look.
    private void Keep(CommandContext context, Examination examination)
    {
        if (context.Value(_history) is { } file)
        {
            SecretFile.Write(file, LastRound.Of(examination).Write());
        }
    }

    private LastRound? Last(CommandContext context)
    {
        if (context.Value(_history) is not { } file || !File.Exists(file))
        {
            return null;
        }

        return LastRound.Read(SecretFile.Read(file)) ?? throw CommandFailure.CannotRun(
            AdministrationProblems.CommandLine, $"`{file}` holds no earlier look", "name another file with --history");
    }

    private static ImmutableArray<AcceptedRisk> Accepted(string file)
    {
        LinuxHost host = new(TimeProvider.System);
        FileContent content = host.Read(Path.GetFullPath(file));
        return content.Bytes is { } bytes
            ? AcceptedRisks.Read(bytes, file, DateOnly.FromDateTime(host.Now.UtcDateTime))
            : throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{file}` cannot be read: {content.Why}");
    }

    private static string Existing(CommandContext context, string file)
    {
        string path = Path.GetFullPath(file);
        if (File.Exists(path) || Directory.Exists(path))
        {
            return path;
        }

        throw file.StartsWith("--", StringComparison.Ordinal)
            ? CommandFailure.CannotRun(
                AdministrationProblems.CommandLine,
                $"there is no option `{file}`{NearestWord.Hint(file.Split('=')[0], context.Parsed.CommandResult.Command.Options.Select(static option => option.Name))}",
                "gatehouse doctor --help")
            : CommandFailure.CannotRun(AdministrationProblems.NotFound, $"there is no file or folder `{file}`");
    }

    private static string VersionOf() => typeof(DoctorCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
