using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Services of compose files that were named, or lie in named folders.</summary>
internal static partial class ComposeCandidates
{
    /// <summary>Those of one kind.</summary>
    public static IEnumerable<Candidate> Find(IHost host, ExaminationRequest request, ProgramKind kind) =>
        request.Files.SelectMany(named => Files(host, named)).Distinct(StringComparer.Ordinal).SelectMany(file => Read(host, file, kind));

    private static IEnumerable<string> Files(IHost host, string named)
    {
        string path = named.Length > 1 ? named.TrimEnd('/') : named;
        return host.Look(path) is { Status.IsFolder: true }
            ? host.List(path).Where(static name => ComposeName().IsMatch(name)).Select(name => $"{path}/{name}")
            : ComposeName().IsMatch(Path.GetFileName(path)) ? [path] : [];
    }

    private static IEnumerable<Candidate> Read(IHost host, string file, ProgramKind kind)
    {
        if (host.Read(file).Bytes is not { } bytes)
        {
            return [];
        }

        try
        {
            string folder = Path.GetDirectoryName(file) ?? "/";
            EnvironmentVariables shell = host.Read($"{folder}/.env").Bytes is { } own ? EnvFile.Read(own, $"{folder}/.env", EnvSyntax.Compose).Variables : EnvironmentVariables.Unknown;
            return [.. ComposeFile.Read(bytes, file, shell).Services.Select(service => Of(host, file, service, shell, kind)).OfType<Candidate>()];
        }
        catch (ProblemException fault)
        {
            // Whether a service of this kind is in it cannot be told; where its name stands there it is likely.
            return Encoding.UTF8.GetString(bytes).Contains($"/{kind.Program}:", StringComparison.Ordinal)
                ? [new Candidate { Name = file, Program = kind.Program, Why = ForeignFiles.WhyOf(fault), IsImage = true }]
                : [];
        }
    }

    private static Candidate? Of(IHost host, string file, ComposeService service, EnvironmentVariables shell, ProgramKind kind)
    {
        // A tag that a variable gives is not known, the image's name is.
        Match image = ImageName().Match(service.Image.Text ?? service.Image.Raw.Trim('"', '\''));
        if (!image.Success || !IsNamed(image.Groups["name"].Value, kind.Program, out string? flavour))
        {
            return null;
        }

        string folder = Path.GetDirectoryName(file) ?? "/";
        ImmutableArray<Mount> mounts = [.. service.Volumes.Where(static v => v.IsPath && !v.Source.StartsWith('~')).Select(v => new Mount(v.Target.TrimEnd('/'), Path.GetFullPath(Path.Combine(folder, v.Source))))];
        string inside = kind.Places.FirstOrDefault(place => Mount.Find(mounts, $"{place}/{kind.File}") is { } there && host.Look(there) is not null) ?? kind.Places[0];
        string? main = Mount.Find(mounts, $"{inside}/{kind.File}");
        EnvironmentVariables environment = service.Environment(path => host.Read(Path.GetFullPath(Path.Combine(folder, path))).Bytes, shell, out _);
        return new Candidate
        {
            Name = $"{file}#{service.Name}",
            Program = kind.Program,
            MainFile = main is not null && host.Look(main) is { Status.IsFile: true } ? main : null,
            Mounts = mounts,
            Inside = inside,
            Environment = environment,
            Arguments = [.. CommandLine.Settings(service.Command ?? [], kind.HasLongSettings, file, service["command"].Origin?.Line ?? 0)],
            IsImage = true,
            ImageVersion = VersionTag().Match(image.Groups["tag"].Value) is { Success: true } tag ? tag.Value : null,
            Flavour = flavour,
            User = service.User.IsSet ? service.User : null,
            Published = service.NetworkMode.Text == "host" || service["ports"].IsUnknown || service["ports"].IsPartial ? null : [.. service.Ports.Where(static p => p.Protocol != "udp").Select(Port)],
        };
    }

    private static PublishedPort Port(ComposePort port) => new(
        int.TryParse(port.Target.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0,
        port.Host,
        new Evidence(EvidenceKind.File, port.Origin.Source, $"ports: {(port.Host.Length > 0 ? port.Host + ":" : "")}{port.Published}:{port.Target}", port.Origin.Line, port.Origin.Column));

    private static bool IsNamed(string name, string program, out string? flavour)
    {
        flavour = name == $"{program}-oss" ? "oss" : null;
        return name == program || name == $"{program}-oss" || name == $"{program}-wolfi";
    }

    [GeneratedRegex(@"^(docker-)?compose([.-][\w.-]*)?\.ya?ml$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ComposeName();

    [GeneratedRegex(@"^([^\s@]*/)?(?<name>[a-z0-9_-]+)(:(?<tag>[^@\s]+))?(@.*)?$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ImageName();

    [GeneratedRegex(@"^\d+\.\d+\.\d+", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex VersionTag();
}
