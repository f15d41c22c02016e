using System.Collections.Immutable;
using Gatehouse.Doctor.Elastic.Discovery;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Elastic;

/// <summary>Doctors for the stack around Elasticsearch and OpenSearch.</summary>
public static class ElasticDoctors
{
    /// <summary>All of them: nodes, consoles, shippers.</summary>
    public static ImmutableArray<ISystemDoctor> All { get; } = [new NodeDoctor(isOpenSearch: false), new NodeDoctor(isOpenSearch: true), new ConsoleDoctor(), new ShipperDoctor(isLogstash: true), new ShipperDoctor(isLogstash: false)];
}
