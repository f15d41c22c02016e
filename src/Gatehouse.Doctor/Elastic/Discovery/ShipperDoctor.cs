using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Elastic.Shippers;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts.Yaml;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Doctor for Logstash, or for Beats.</summary>
internal sealed class ShipperDoctor(bool isLogstash) : ISystemDoctor
{
    /// <inheritdoc/>
    public string System => isLogstash ? "logstash" : "beats";

    /// <inheritdoc/>
    public ImmutableArray<string> Checks { get; } = [.. ShipperRules.All.Select(static rule => rule.Id)];

    /// <inheritdoc/>
    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request) =>
        Candidates.Find(host, request, isLogstash ? [Programs.Logstash] : Programs.Beats).Select(candidate => ExaminedSubject.Of(Subject(host, candidate), ShipperRules.All));

    private ShipperSubject Subject(IHost host, Candidate candidate)
    {
        LayeredSettings settings = CandidateSettings.Read(host, candidate, isLogstash ? ElasticProduct.Logstash : ElasticProduct.Beat);
        var unread = new List<(string File, string Why)>();
        List<Output> outputs = [.. isLogstash ? BeatOutputs.OfLogstashFile(settings) : BeatOutputs.OfBeat(settings)];
        foreach (string file in isLogstash ? Pipelines(host, candidate, settings) : [])
        {
            FileContent content = host.Read(file);
            IReadOnlyList<PipelinePlugin>? plugins = content.Bytes is { } bytes ? PipelineReader.Read(Encoding.UTF8.GetString(bytes), file) : null;
            if (plugins is null)
            {
                unread.Add((file, content.Bytes is null ? $"`{Path.GetFileName(file)}` cannot be read: {content.Why}" : $"`{Path.GetFileName(file)}` is not understood"));
                continue;
            }

            outputs.AddRange(PipelineOutputs.Of(plugins));
        }

        return new ShipperSubject
        {
            Kind = System,
            Name = candidate.Name,
            Host = host,
            Version = candidate.ImageVersion,
            Process = candidate.Process,
            Layers = candidate.Layers,
            Settings = settings,
            Environment = candidate.Environment,
            MainFile = candidate.MainFile,
            Folder = candidate.Folder,
            Root = candidate.Root,
            IsImage = candidate.IsImage,
            Mounts = candidate.Mounts,
            Inside = candidate.Inside,
            User = candidate.User,
            Outputs = [.. outputs],
            Unread = [.. unread],
        };
    }

    // What `pipelines.yml` names, `path.config`, and the folders of package and image.
    private static IEnumerable<string> Pipelines(IHost host, Candidate candidate, LayeredSettings settings)
    {
        var patterns = new List<string>();
        if (settings["path.config"].Text is { Length: > 0 } own)
        {
            patterns.Add(own);
        }

        if (!candidate.Mounts.IsDefault)
        {
            return Mount.Find(candidate.Mounts, "/usr/share/logstash/pipeline") is { } mounted ? Matching(host, mounted) : [];
        }

        if (candidate.Folder is { } folder)
        {
            patterns.AddRange(PipelineList.Paths(host, $"{folder}/pipelines.yml"));
            patterns.AddRange(patterns.Count > 0 ? [] : [$"{Inside(candidate, folder)}/conf.d/*.conf", $"{Path.GetDirectoryName(Inside(candidate, folder))}/pipeline/*.conf"]);
        }

        return patterns.SelectMany(pattern => Matching(host, candidate.Root + pattern)).Distinct(StringComparer.Ordinal).Take(200);
    }

    private static string Inside(Candidate candidate, string folder) => folder.StartsWith(candidate.Root, StringComparison.Ordinal) ? folder[candidate.Root.Length..] : folder;

    // A folder, a file, or `*` in the last name.
    private static IEnumerable<string> Matching(IHost host, string pattern)
    {
        if (host.Look(pattern) is { } there)
        {
            return there.Status.IsFolder ? host.List(pattern).Select(name => $"{pattern.TrimEnd('/')}/{name}") : [pattern];
        }

        string name = Path.GetFileName(pattern);
        int star = name.IndexOf('*', StringComparison.Ordinal);
        string folder = Path.GetDirectoryName(pattern) ?? "/";
        return star < 0 ? [] : host.List(folder).Where(n => n.Length >= name.Length - 1 && n.StartsWith(name[..star], StringComparison.Ordinal) && n.EndsWith(name[(star + 1)..], StringComparison.Ordinal)).Select(n => $"{folder}/{n}");
    }
}
