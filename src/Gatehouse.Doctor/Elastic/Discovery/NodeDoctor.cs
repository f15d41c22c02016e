using System.Collections.Immutable;
using Gatehouse.Doctor.Elastic.Nodes;
using Gatehouse.Doctor.Elastic.Ports;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts.Yaml;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Doctor for nodes of Elasticsearch or OpenSearch.</summary>
internal sealed class NodeDoctor(bool isOpenSearch) : ISystemDoctor
{
    private readonly ProgramKind _kind = isOpenSearch ? Programs.OpenSearch : Programs.Elasticsearch;

    /// <inheritdoc/>
    public string System => _kind.Program;

    /// <inheritdoc/>
    public ImmutableArray<string> Checks { get; } = [.. NodeRules.All.Select(static rule => rule.Id)];

    /// <inheritdoc/>
    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request) =>
        Candidates.Find(host, request, [_kind]).Select(candidate => Subject(host, candidate))
            .Select(static node => ExaminedSubject.Of(node, NodeRules.All) with { Probe = (prober, cancellation) => NodePorts.AskAsync(node, prober, cancellation) });

    /// <summary>Reads what was found.</summary>
    internal NodeSubject Subject(IHost host, Candidate candidate)
    {
        Installation home = candidate.Home is null ? Installation.Unknown : Installation.Look(host, candidate.Home, _kind.Program);
        if (candidate.Flavour == "oss")
        {
            home = home with { Modules = ["(without x-pack)"] };
        }

        return new NodeSubject
        {
            IsOpenSearch = isOpenSearch,
            Name = candidate.Name,
            Host = host,
            Version = home.Version ?? candidate.ImageVersion,
            Process = candidate.Process,
            Layers = candidate.Layers,
            Settings = CandidateSettings.Read(host, candidate, isOpenSearch ? ElasticProduct.OpenSearch : ElasticProduct.Elasticsearch),
            Environment = candidate.Environment,
            MainFile = candidate.MainFile,
            Folder = candidate.Folder,
            Root = candidate.Root,
            IsImage = candidate.IsImage,
            Mounts = candidate.Mounts,
            Inside = candidate.Inside,
            User = candidate.User,
            Published = candidate.Published,
            Home = home,
        };
    }
}
